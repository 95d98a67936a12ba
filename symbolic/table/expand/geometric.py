"""Expansion of geometric grids whose ends are expressions: `w..512 times 2` is a choice, required to lie between its ends.

The grid starts at the lowest value of the low end; a candidate whose own ends leave none of its values is none.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from symbolic.errors import SpaceError
from symbolic.nodes import Choice, Const, Edit, Node, Option, Range
from symbolic.table.drafts import Place
from symbolic.table.expand.choices import MAX_OPTIONS, one_of
from symbolic.table.expand.formulas import interval_of
from symbolic.table.grid import decimal
from symbolic.table.hull import Interval, hull
from symbolic.table.instances import Constant, Formula, Instance
from symbolic.table.scalars import UNKNOWN, is_number, literal, static
from symbolic.table.table import Rule

if TYPE_CHECKING:
    from symbolic.table.expand.expand import Expander


def geometric(e: Expander, node: Range, at: Place) -> Instance:
    """Expand a range with `times`. Raises E302 for a factor or high end that does not fit, E303, E305, E307, E405."""
    low, high = (e.formula(end, at) for end in (node.low, node.high))
    below, above = (
        hull(x, interval_of(e.draft), end.span or node.span, e.draft.intervals)
        for x, end in ((low, node.low), (high, node.high))
    )
    assert node.times is not None
    factor = static(e.formula(node.times, at))
    if not is_number(factor) or not isinstance(factor, int | float):
        raise SpaceError("E305", "the factor of times is a number known before the search starts", node.times.span or node.span)
    if factor <= 1:
        raise SpaceError(
            "E302", "the factor of times is a number above 1", node.times.span or node.span, f"not {literal(factor)}"
        )
    fixed = static(low) is not UNKNOWN and static(high) is not UNKNOWN
    values = _values(node, below, above, factor, fixed=fixed)
    made = one_of(e, _choice(e, node, values, at), at)
    keep_inside(e, made, None if fixed else low, None if fixed else high, at.path, at, node)
    return made


def _values(node: Range, below: Interval, above: Interval, factor: float, *, fixed: bool) -> list[float]:
    """Return the grid from the lowest low end up to the highest high end."""
    if below.low <= 0:
        raise SpaceError("E303", "a geometric range must start above 0", node.span, f"it starts at {literal(below.low)}")
    if below.low > above.high:
        raise SpaceError("E301", f"the range {literal(below.low)}..{literal(above.high)} is reversed", node.span)
    grid, end, times = [decimal(below.low)], decimal(above.high), decimal(factor)
    while grid[-1] * times <= end:
        grid.append(grid[-1] * times)
        if len(grid) > MAX_OPTIONS:
            raise SpaceError("E405", f"more than {MAX_OPTIONS} options", node.span, "a larger factor")
    if fixed and grid[-1] != end:
        message = f"{end} is not reached from {grid[0]} in factors of {times}"
        raise SpaceError("E302", message, node.span, f"end at {grid[-1]} or {grid[-1] * times}")
    whole = below.integer and above.integer and isinstance(factor, int)
    return [int(v) if whole else float(v) for v in grid]


def _choice(e: Expander, node: Range, values: list[float], at: Place) -> Choice:
    default: Decimal | None = None
    if node.default is not None:
        marked = static(e.formula(node.default, at))
        if not isinstance(marked, int | float) or marked not in values:
            hint = "one of " + ", ".join(map(literal, values[:8])) + (", ..." if len(values) > 8 else "")
            raise SpaceError("E307", "the default is none of the values", node.default.span or node.span, hint)
        default = decimal(marked)
    options = [Option(literal(v), Const(v), default=default is not None and decimal(v) == default) for v in values]
    return Choice(tuple(options), span=node.span)


def keep_inside(
    e: Expander, x: Instance, low: Instance | None, high: Instance | None, path: str, at: Place, origin: Node | Edit
) -> None:
    """Require of a decision's values that they lie inside bounds that depend on other decisions."""
    ends = [(low, x)] if low is not None and static(low) is UNKNOWN else []
    ends += [(x, high)] if high is not None and static(high) is UNKNOWN else []
    if not ends or at.context.reuse:
        return
    inside = Formula("and", tuple(Formula("<=", pair) for pair in ends))
    guarded = Formula("guarded", (inside, Constant(at.guard)))
    e.rules.append(Rule("require", inside if at.guard == -1 else guarded, f"require {path} inside its bounds", origin.span))
