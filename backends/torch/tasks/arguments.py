"""Checks of the arguments of tasks."""

from __future__ import annotations

from typing import Any

from backends.errors import BackendError


def share(task: Any, attribute: Any, value: object) -> None:
    """Raise `BackendError` unless the value is a share in (0, 0.5)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 < value < 0.5:
        name = type(task).__name__.lower()
        raise BackendError(f"task {name}: {attribute.name} is {value!r}; it is a share of the data between 0 and 0.5")


def whole(task: Any, attribute: Any, value: object) -> None:
    """Raise `BackendError` unless the value is an integer of at least 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BackendError(f"task {type(task).__name__.lower()}: {attribute.name} is {value!r}; it is an integer of at least 0")
