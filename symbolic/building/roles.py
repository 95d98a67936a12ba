"""What part an instance plays when something is built: a layer of a network, a value, and how messages call it."""

from __future__ import annotations

import enum
from typing import Any, Final

from symbolic import registry
from symbolic.errors import SpaceError, Span, nearest
from symbolic.operators import Parameter
from symbolic.table.instances import (
    Chain,
    Conditional,
    Constant,
    Decided,
    External,
    Fact,
    Fields,
    Gathered,
    Instance,
    Members,
    Operation,
    Repeated,
    Scoped,
    Varying,
)


class Absence(enum.Enum):
    """What stands where nothing does: a `when` whose condition does not hold."""

    ABSENT = "absent"


ABSENT: Final = Absence.ABSENT


def operator_class(x: Operation) -> Any:
    """Return the class of a registered operator. Raises E201 for an unknown one."""
    if x.fn not in registry.entries("operators"):
        raise SpaceError("E201", f"unknown operator {x.fn!r}", x.span, nearest(x.fn, registry.entries("operators")))
    return registry.get("operators", x.fn)


def checked(x: Operation, parameter: Parameter, value: object, at: Instance) -> object:
    """Return an argument of an operator. Raises E305 for a plain value of another type; stand-ins are not looked at."""
    allowed = {"int": (int,), "float": (int, float), "bool": (bool,), "str": (str,)}.get(parameter.type)
    absent = value is None and parameter.default is None and not parameter.required
    if allowed is None or absent or type(value) in allowed or not _plain(value):
        return value
    wanted = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text"}[parameter.type]
    hint = "divide whole numbers with //" if isinstance(value, float) else None
    message = f"{x.fn!r} needs {wanted} as {parameter.name!r}, got {value!r} (at `{x.path}`)"
    raise SpaceError("E305", message, span_of(at) or x.span, hint)


def _plain(value: object) -> bool:
    return type(value) in (int, float, bool, str, type(None), list, tuple, dict) or isinstance(value, type)


def exhausted(error: Exception) -> bool:
    """Whether an error says that memory ran out: that is no fault of the shapes."""
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError" or "allocate memory" in str(error)


def is_layer(x: Instance | None) -> bool:
    """Whether an instance is part of a network, so that it is built for an input shape."""
    match x:
        case Chain():
            return True
        case Operation(fn=fn):
            return "::" not in fn and fn not in ("list", "tuple", "edit") and not operator_class(x).signature.value
        case Decided(options=options):
            return bool(options) and all(map(is_layer, options))
        case Repeated(items=items):
            return bool(items) and is_layer(items[0])
        case Conditional(then=then, other=other):
            return is_layer(then) and (other is None or is_layer(other))
        case Scoped(body=body):
            return is_layer(body)
        case _:
            return False


def has_call(x: Instance | None) -> bool:
    """Whether an instance calls an operator or a Python object somewhere, so that its value is more than data."""
    match x:
        case Chain():
            return True
        case Operation(fn=fn, positional=positional):
            return fn not in ("list", "tuple") or any(map(has_call, positional))
        case Decided(options=inner) | Members(options=inner) | Repeated(items=inner) | Gathered(items=inner):
            return any(map(has_call, inner))
        case Conditional(then=then, other=other):
            return has_call(then) or has_call(other)
        case Scoped(body=body):
            return has_call(body)
        case Fields(fields=fields):
            return any(map(has_call, fields.values()))
        case _:
            return False


def describe(x: Instance) -> str:
    """Name an instance in a message."""
    match x:
        case Constant(value=value):
            return repr(value)
        case External(name=name) | Fact(name=name) | Operation(fn=name):
            return f"{name!r}"
        case Decided(path=path) | Members(path=path) | Varying(path=path):
            return f"`{path}`"
        case Fields():
            return "a record"
        case _:
            return "this value"


def remedy(x: Instance) -> str | None:
    """Return what to write instead of something that is no layer."""
    match x:
        case Constant(value=None):
            return "write skip for a layer that does nothing"
        case External(name=name):
            return f"write {name}() to make one"
        case _:
            return None


def span_of(x: Instance) -> Span | None:
    """Return the place of an instance, where it has one."""
    return getattr(x, "span", None)
