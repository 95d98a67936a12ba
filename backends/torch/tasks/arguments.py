"""Checks of the arguments of tasks."""

from __future__ import annotations

from typing import Any

from backends.errors import BackendError


def share(task: Any, attribute: Any, value: object) -> None:
    """Raise `BackendError` unless the value is a share in (0, 0.5)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 < value < 0.5:
        raise _wrong(task, attribute, value, "a share of the data between 0 and 0.5")


def whole(task: Any, attribute: Any, value: object) -> None:
    """Raise `BackendError` unless the value is an integer of at least 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _wrong(task, attribute, value, "an integer of at least 0")


def positive(task: Any, attribute: Any, value: object) -> None:
    """Raise `BackendError` unless the value is an integer of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _wrong(task, attribute, value, "an integer of at least 1")


def text(task: Any, attribute: Any, value: Any) -> None:
    """Raise `BackendError` unless the value is a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise _wrong(task, attribute, value, "a text in quotes")


def optional_text(task: Any, attribute: Any, value: Any) -> None:
    """Raise `BackendError` unless the value is None or a text that is not empty."""
    if value is not None:
        text(task, attribute, value)


def _wrong(task: Any, attribute: Any, value: object, allowed: str) -> BackendError:
    return BackendError(f"task {type(task).__name__.lower()}: {attribute.name} is {value!r}; it is {allowed}")
