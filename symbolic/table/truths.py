"""What may stand as a condition: what is true or false. A number is neither, so that `require x` is no silent `x != 0`."""

from __future__ import annotations

from symbolic.errors import SpaceError, Span
from symbolic.table.instances import (
    Chain,
    Conditional,
    Constant,
    Decided,
    External,
    Fact,
    Fields,
    Formula,
    Gathered,
    Instance,
    Members,
    Operation,
    Repeated,
    Scoped,
    Varying,
)
from symbolic.table.scalars import NUMERIC_OPS, literal

_COUNTS = frozenset(("sum", "mean", "count", "len"))


def check_truth(x: Instance, span: Span | None) -> None:
    """Raise E305 where a condition is a number or a text; what is neither sure to be one nor to be a truth passes."""
    match x:
        case Scoped(body=inner) | Formula(op="guarded", args=(inner, _)):
            check_truth(inner, span)
        case Formula(op="if", args=(_, *parts)):
            for part in parts:
                check_truth(part, span)
        case Conditional(then=then, other=other):
            for branch in (then, other):
                if branch is not None and not (isinstance(branch, Constant) and branch.value is None):
                    check_truth(branch, span)
        case Constant(value=value):
            if not isinstance(value, bool):
                raise _error(f"{literal(value)!r} is neither true nor false", span)
        case Decided(path=path, options=options):
            values = [o.value if isinstance(o, Constant) else None for o in options]
            if not options or all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
                raise _error(f"{path!r} is a number, neither true nor false", span)
            if not all(isinstance(v, bool) for v in values):
                raise SpaceError("E305", f"{path!r} is neither true nor false", span, "name an option: ... is LABEL")
        case Formula(op=op):
            if op in NUMERIC_OPS - {"min", "max"} or op in _COUNTS:
                raise _error("this is a number, neither true nor false", span)
        case Chain() | Fields() | Operation() | External():
            raise SpaceError("E305", "this is neither true nor false", span, "compare it: x is relu, x == 3")
        case Members() | Repeated() | Fact() | Varying():
            raise _error("this is a number, neither true nor false", span)
        case Gathered() | _:
            return


def _error(message: str, span: Span | None) -> SpaceError:
    return SpaceError("E305", message, span, "compare it: ... != 0")
