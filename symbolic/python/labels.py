"""Labels of options: the last part of a class or function, the literal of a constant.

E206: two options with one label, a lambda or an object without a label. E103: a label that cannot be part of a path.
"""

from __future__ import annotations

import functools
import inspect
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from symbolic.errors import SpaceError, Span

_DICT_FORM = 'give the options as a dict of labels: oneof({"small": ..., "large": ...})'


def literal(value: object) -> str | None:
    """Return how the language writes a constant, or None for any other object; text comes without quotes.

    >>> literal(None), literal(True), literal(0.5), literal("gelu"), literal((1, 2))
    ('none', 'true', '0.5', 'gelu', '(1, 2)')
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if type(value) in (int, float):
        # There is one zero, as in the language.
        return repr(value if value else abs(value))  # type: ignore[arg-type]
    if type(value) in (tuple, list):
        parts = [json.dumps(part) if isinstance(part, str) else literal(part) for part in value]  # type: ignore[attr-defined]
        if any(part is None for part in parts):
            return None
        inner = ", ".join(part for part in parts if part is not None)
        return f"[{inner}]" if isinstance(value, list) else f"({inner},)" if len(parts) == 1 else f"({inner})"
    return None


def label(option: object) -> str | None:
    """Return the label of an option, or None when only the dict form can give it one.

    >>> label(dict), label(3), label(lambda: 3)
    ('dict', '3', None)
    """
    constant = literal(option)
    if constant is not None:
        return constant
    if isinstance(option, functools.partial):
        return label(option.func)
    if hasattr(type(option), "rebind"):
        # What `sym.call` returns is called by what it calls.
        return label(option.target)  # type: ignore[attr-defined]
    if isinstance(option, type) or inspect.isroutine(option) or hasattr(option, "__qualname__"):
        name = str(getattr(option, "__qualname__", "")).rpartition(".")[2]
        return None if "<" in name or not name else name
    # Modules made on the spot (`nn.ReLU()`) are called by their class.
    return type(option).__qualname__.rpartition(".")[2] if hasattr(type(option), "forward") else None


def plain_number(value: Any) -> Any:
    """Return a number of numpy as a plain one, anything else as it is.

    >>> plain_number(3), plain_number(None)
    (3, None)
    """
    return value.item() if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0 else value


def several(options: object, span: Span | None) -> Sequence[object]:
    """Return the options of a set as `labelled` takes them. Raises E304 for what is neither a mapping nor a sequence."""
    if isinstance(options, Mapping):
        return (options,)
    if isinstance(options, str) or not isinstance(options, Sequence):
        raise SpaceError("E304", f"{options!r} is no list of options", span, _DICT_FORM)
    return options


def check_text(text: str, span: Span | None) -> None:
    """Raise E103 for a text that no file can store."""
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise SpaceError("E103", f"{text!a} holds half a character (a lone surrogate), which no file can store", span)


def _finite(value: object) -> bool:
    """Return whether no number in a constant is infinite or NaN."""
    if type(value) is float:
        return math.isfinite(value)
    return not isinstance(value, tuple | list) or all(map(_finite, value))


def labelled(options: Sequence[object], span: Span | None) -> tuple[tuple[str, ...], tuple[object, ...]]:
    """Return labels and options of `(a, b, ...)` or of one mapping from labels. Raises E206, E103, E304, E305."""
    try:
        if len(options) == 1 and isinstance(options[0], Mapping):
            names, values = tuple(options[0]), tuple(map(plain_number, options[0].values()))
        else:
            values = tuple(map(plain_number, options))
            names = tuple(map(label, values))
    except RecursionError:
        raise SpaceError("E105", "an option contains itself", span) from None
    if not values:
        raise SpaceError("E304", "a choice needs at least one option, got none", span)
    for name, value in zip(names, values, strict=True):
        if name is None:
            shown = "a lambda" if getattr(value, "__name__", "") == "<lambda>" else f"an option of type {type(value).__name__}"
            raise SpaceError("E206", f"{shown} has no name of its own", span, _DICT_FORM)
        if not isinstance(name, str) or not name or "/" in name:
            raise SpaceError("E103", f"{name!r} cannot be the label of an option", span, "a label is a text without '/'")
        check_text(name, span)
        if not _finite(value):
            raise SpaceError("E305", f"the option {value!r} holds a number that is not finite", span)
    for index, name in enumerate(names):
        if name in names[:index]:
            raise SpaceError("E206", f"two options are called {name!r}", span, _DICT_FORM)
    return names, values
