"""Expansion of ranges: grids and intervals, bounds that depend on earlier decisions, fidelities."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import attrs

from symbolic.errors import SpaceError
from symbolic.nodes import Const, Edit, Node, Range
from symbolic.table import grid
from symbolic.table.drafts import Column, Place
from symbolic.table.edits import kept_codes, number, values_of
from symbolic.table.expand.choices import place
from symbolic.table.expand.formulas import interval_of
from symbolic.table.expand.geometric import geometric, keep_inside
from symbolic.table.hull import hull
from symbolic.table.instances import Constant, Decided, Instance, Varying
from symbolic.table.scalars import UNKNOWN, is_number, literal, static
from symbolic.table.table import FLOAT, INT, ONE, Fidelity

if TYPE_CHECKING:
    from symbolic.table.expand.expand import Expander

MAX_CARD = 2**31 - 1
MAX_WHOLE = 2**53


@attrs.frozen
class Limits:
    """The ends and grid of a range: its hull where bounds depend on decisions. `step` 0: no grid."""

    low: float
    high: float
    step: float
    integer: bool
    card: int


def range_(e: Expander, node: Range, at: Place) -> Instance:
    """Expand a range. Raises E301 reversed or of one value, E302 off the grid, E303, E305, E307, E309, E405."""
    if node.times is not None:
        return geometric(e, node, at)
    low, high = (e.formula(end, at) for end in (node.low, node.high))
    limits = _limits(e, node, low, high, at)
    if node.fidelity:
        return _fidelity(e, node, limits, low, high, at)
    if limits.low == limits.high:
        if isinstance(node.low, Const) and isinstance(node.high, Const):
            raise SpaceError("E301", f"the range has one value, write {literal(limits.low)}", node.span)
        return Constant(limits.low)
    column = Column(at.path, INT if limits.card else FLOAT, limits.card, at.guard, span=node.span)
    column.low, column.high, column.step, column.log = limits.low, limits.high, limits.step, node.log
    column.integer = limits.integer
    column.low_x = low if static(low) is UNKNOWN else None
    column.high_x = high if static(high) is UNKNOWN else None
    column.prior = _within(e, node, node.prior, "prior", limits, at)
    column.default = _default(node, limits, _within(e, node, node.default, "default", limits, at), column.prior)
    column.marked = node.default is not None
    edit = e.draft.edits.get(at.path)
    if edit is not None and edit.kind != "tie":
        return _edited(e, column, limits, edit, at)
    return _decide(e, column, at)


def _decide(e: Expander, column: Column, at: Place) -> Decided:
    labels = column.labels or ()
    options = tuple(Constant(v) for v in column.values or ())
    index, path = place(e, column, at)
    if not at.context.reuse and path == at.path:
        e.draft.columns[index].end = index + 1
    decided = Decided(path, options, labels, column.span)
    e.draft.decided.setdefault(at.path, decided)
    return decided


def _limits(e: Expander, node: Range, low: Instance, high: Instance, at: Place) -> Limits:
    below = hull(low, interval_of(e.draft), node.low.span or node.span, e.draft.intervals)
    above = hull(high, interval_of(e.draft), node.high.span or node.span, e.draft.intervals)
    first, last = below.low, above.high
    step = _number(e, node.step, "step", at)
    if step is not None and step <= 0:
        raise SpaceError("E302", f"a step is a positive number, not {literal(step)}", node.span)
    integer = below.integer and above.integer and (step is None or isinstance(step, int))
    if first > last:
        hint = f"write {literal(last)}..{literal(first)}" if low is not high else None
        raise SpaceError("E301", f"the range {literal(first)}..{literal(last)} is reversed", node.span, hint)
    if node.log and first <= 0:
        raise SpaceError("E303", "a log range must start above 0", node.span, f"it starts at {literal(first)}")
    if not integer:
        first, last = float(first), float(last)
    if not math.isfinite(first) or not math.isfinite(last) or (max(abs(first), abs(last)) > MAX_WHOLE and integer):
        raise SpaceError("E405", "a range beyond the whole numbers up to 2^53", node.span, "use a float range")
    if step is None:
        step = 1 if integer else 0
    if step == 0:
        return Limits(first, last, 0, integer, 0)
    fixed = static(low) is not UNKNOWN and static(high) is not UNKNOWN
    return _gridded(node, first, last, step, integer, fixed=fixed)


def _gridded(node: Range, first: float, last: float, step: float, integer: bool, *, fixed: bool) -> Limits:
    card = grid.count(first, last, step)
    if card > MAX_CARD:
        raise SpaceError("E405", "a range of more than 2^31 values", node.span, "use a float range or a step")
    end = grid.value_at(first, step, card - 1)
    if fixed and end != last:
        message = f"{literal(last)} is not reached from {literal(first)} in steps of {literal(step)}"
        after = grid.value_at(first, step, card)
        shown = [literal(int(v) if integer else v) for v in (end, after)]
        raise SpaceError("E302", message, node.span, f"end at {shown[0]} or {shown[1]}")
    return Limits(first, int(end) if integer else end, step, integer, card)


def _number(e: Expander, node: Node | None, what: str, at: Place) -> float | None:
    """Return a step, prior or default, known before the search starts."""
    if node is None:
        return None
    value = static(e.formula(node, at))
    if not is_number(value):
        raise SpaceError("E305", f"the {what} of a range is a number known before the search starts", node.span)
    return value if isinstance(value, int | float) else None


def _within(e: Expander, node: Range, mark: Node | None, what: str, limits: Limits, at: Place) -> float | None:
    value = _number(e, mark, what, at)
    if value is None or mark is None:
        return None
    if not limits.low <= value <= limits.high:
        message = f"the {what} {literal(value)} is outside {literal(limits.low)}..{literal(limits.high)}"
        raise SpaceError("E307", message, mark.span or node.span)
    if limits.card and grid.code_of(limits.low, limits.step, value) is None:
        message = f"the {what} {literal(value)} is not on the grid {literal(limits.low)}..{literal(limits.high)}"
        raise SpaceError("E307", message, mark.span or node.span, f"the step is {literal(limits.step)}")
    return value


def _default(node: Range, limits: Limits, default: float | None, prior: float | None) -> float:
    """Return the default as a code, or as a value where there is no grid: `default`, else `prior`, else middle or low end."""
    value = default if default is not None else prior
    if limits.integer:
        return float(grid.code_of(limits.low, limits.step, value) or 0) if value is not None else 0.0
    if value is None:
        value = math.sqrt(limits.low * limits.high) if node.log else (limits.low + limits.high) / 2
    if not limits.card:
        return float(min(max(value, limits.low), limits.high))
    nearest = round((value - limits.low) / limits.step)
    return float(min(max(nearest, 0), limits.card - 1))


def _fidelity(e: Expander, node: Range, limits: Limits, low: Instance, high: Instance, at: Place) -> Varying:
    if not at.context.plain or at.guard != -1 or static(low) is UNKNOWN or static(high) is UNKNOWN:
        hint = "put it into a record of its own, outside options, repeats, rules and shared choices"
        raise SpaceError("E309", "a fidelity is constant and unconditional", node.span, hint)
    if node.prior is not None or node.default is not None:
        raise SpaceError("E309", "a fidelity is no decision: it has no prior and no default", node.span)
    e.draft.claim(at.path, node.span)
    varying = Varying(at.path, int(limits.high) if limits.integer else limits.high)
    step = limits.step or None
    e.draft.fidelities.append(Fidelity(at.path, limits.low, limits.high, step, node.log, limits.integer))
    return varying


def _edited(e: Expander, column: Column, limits: Limits, edit: Edit, at: Place) -> Instance:
    """Expand a range that an edit fixes or limits to some of its values."""

    def typed(value: float) -> float:
        return int(value) if limits.integer else float(value)

    if edit.kind == "fix":
        values: tuple[float, ...] = ()
        for v in values_of(edit.value, edit):
            values = (*values, typed(number(edit, v, limits.low, limits.high, limits.step)))
        if len(values) != 1:
            raise SpaceError("E406", f"{edit.path!r} takes one value, not {len(values)}", edit.span)
    else:
        values = tuple(typed(v) for v in kept_codes(edit, limits.low, limits.high, limits.step))
    low_x, high_x = column.low_x, column.high_x
    column = attrs.evolve(column, low_x=None, high_x=None)
    made: Instance
    if len(values) == 1:
        made = Constant(values[0])
        e.draft.settle(at, made, column.span)
    else:
        made = _decide(e, _listed(column, values), at)
    keep_inside(e, made, low_x, high_x, edit.path, at, edit)
    return made


def _listed(column: Column, values: tuple[float, ...]) -> Column:
    """Return the column of a range limited to some values: a coarser grid where they are evenly spaced, else a one-of."""
    steps = {grid.decimal(b) - grid.decimal(a) for a, b in itertools.pairwise(values)}
    default = grid.value_at(column.low, column.step, int(column.default or 0)) if column.card else column.default or 0.0
    nearest = min(range(len(values)), key=lambda k: abs(values[k] - default))
    if len(steps) == 1:
        step = values[1] - values[0] if column.integer else float(steps.pop())
        made = attrs.evolve(column, kind=INT, card=len(values), low=values[0], high=values[-1], step=step)
    else:
        made = attrs.evolve(column, kind=ONE, card=len(values), labels=tuple(map(literal, values)), values=values)
        made = attrs.evolve(made, low=0, high=0, step=1, log=False, integer=False, prior=None)
    made.default = float(nearest)
    return made
