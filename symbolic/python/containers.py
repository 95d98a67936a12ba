"""Values that hold other values: lists, tuples, dicts, named tuples, dataclasses and attrs objects, opened and put together.

Descriptions and calls may stand anywhere inside. E305, E710, E711: what no text of a space can say.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from symbolic.python.asked import Interval, Options
from symbolic.python.searchable import default_of

if TYPE_CHECKING:
    from symbolic.python.foreign import Foreign


@attrs.frozen(eq=False)
class Opened:
    """What a container holds, by key, and how to make one of its kind from other contents."""

    contents: Mapping[Any, Any]
    make: Callable[[Mapping[Any, Any]], Any]


def opened(value: object) -> Opened | None:
    """Return what a container holds, None for anything that is none.

    >>> opened((1, 2)).contents, opened(3)
    ({0: 1, 1: 2}, None)
    """
    kind = type(value)
    if isinstance(value, list | tuple) and (kind in (list, tuple) or hasattr(kind, "_fields")):
        make = kind if kind in (list, tuple) else getattr(kind, "_make")  # noqa: B009 - only named tuples have it
        return Opened(dict(enumerate(value)), lambda contents: make(contents.values()))
    if isinstance(value, dict) and kind is dict:
        return Opened(value, dict)
    fields = init_fields(value)
    return None if fields is None else Opened(fields, lambda contents: kind(**contents))


def init_fields(value: object) -> dict[str, Any] | None:
    """Return the constructor arguments of a named tuple, dataclass or attrs object; None for anything else."""
    if isinstance(value, type):
        return None
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return dict(value._asdict())
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init}
    kind: type[Any] = type(value)
    if attrs.has(kind) and not isinstance(value, Options | Interval) and not is_foreign(value):
        fields = attrs.fields(kind)
        return {field.alias: getattr(value, field.name) for field in fields if field.init and field.alias is not None}
    return None


def is_foreign(value: object) -> bool:
    """Return whether a value is what `sym.call` returns."""
    from symbolic.python.foreign import Foreign

    return isinstance(value, Foreign)


def holds(value: Any) -> bool:
    """Return whether a description stands in a value, at any depth."""
    if isinstance(value, Options | Interval):
        return True
    if is_foreign(value):
        foreign: Foreign = value
        return foreign.chooses
    inside = opened(value)
    return inside is not None and any(map(holds, inside.contents.values()))


def replaced(value: Any) -> Any:
    """Return a value with the default of every description in it, and every call made."""
    if isinstance(value, Options):
        chosen = default_of(value)
        return tuple(map(replaced, chosen)) if value.form != "one" else replaced(chosen)
    if isinstance(value, Interval):
        return default_of(value)
    if is_foreign(value):
        foreign: Foreign = value
        return foreign.default()
    inside = opened(value)
    if inside is None or not (holds(value) or calls(value)):
        return value
    return inside.make({key: replaced(each) for key, each in inside.contents.items()})


def calls(value: Any) -> bool:
    """Return whether a call stands in a value, at any depth."""
    inside = opened(value)
    return is_foreign(value) or (inside is not None and any(map(calls, inside.contents.values())))
