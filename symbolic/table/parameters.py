"""Types of the parameters of definitions, checked against what is passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbolic.errors import SpaceError
from symbolic.nodes import Def, Param, Range, Scalar, Use
from symbolic.table.instances import (
    Chain,
    Conditional,
    Constant,
    Decided,
    Fact,
    Fields,
    Formula,
    Instance,
    Operation,
    Repeated,
    Scoped,
    Varying,
)
from symbolic.table.scalars import COMPARISONS, literal

if TYPE_CHECKING:
    from symbolic.table.expand.expand import Expander

_ALLOWED = {
    "int": {"int"},
    "float": {"int", "float"},
    "bool": {"bool"},
    "str": {"str"},
    "module": {"module", "object"},
    "output": {"module", "object"},
    "weights": {"module", "object"},
}
_TRUTH = (*COMPARISONS, "and", "or", "not", "is", "is not", "in", "not in", "any", "all", "active")


def check_parameter(e: Expander, d: Def, p: Param, value: Instance, node: Use) -> None:
    """Raise E305 when an argument has another type than its parameter; `none` is passed to any."""
    if p.type not in _ALLOWED:
        return
    written = next((a.value for a in node.args if a.name == p.name), None)
    span = (written.span if written is not None else None) or node.span
    if p.type == "float" and isinstance(written, Range) and _types(e, value) == {"int"}:
        message = f"an integer range for the float parameter {p.name!r} of {d.name!r}"
        raise SpaceError("E305", message, span, "write the ends with a point: 0.0..1.0")
    wrong = _types(e, value) - _ALLOWED[p.type] - {"none", "any"}
    if wrong:
        shown = literal(value.value) if isinstance(value, Constant) else f"a value of type {', '.join(sorted(wrong))}"
        raise SpaceError("E305", f"the parameter {p.name!r} of {d.name!r} is of type {p.type}, not {shown}", span)


def _types(e: Expander, x: Instance) -> set[str]:
    """Return the types a value may have: int float bool str none module object any."""
    match x:
        case Constant(value=value):
            return {_type(value)}
        case Decided(options=options) if options:
            return set().union(*(_types(e, o) for o in options))
        case Decided():
            return {"int" if e.draft.column(x).integer else "float"}
        case Fact():
            return {"int"}
        case Varying(high=high):
            return {_type(high)}
        case Operation() | Chain() | Repeated():
            return {"module"}
        case Fields():
            return {"object"}
        case Scoped(body=body):
            return _types(e, body)
        case Conditional(then=then, other=other):
            return _types(e, then) | (_types(e, other) if other is not None else set())
        case Formula(op=op) if op in _TRUTH:
            return {"bool"}
        case _:
            return {"any"}


def _type(value: Scalar) -> str:
    return "none" if value is None else type(value).__name__
