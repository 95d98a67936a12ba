"""Whether an expression that is a value has one for every candidate, checked as bounds are; and how long expressions are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbolic.errors import SpaceError, Span
from symbolic.table.hull import IntervalOf, hull
from symbolic.table.instances import Conditional, Formula, Gathered, Instance, Repeated, Scoped
from symbolic.table.table import When

if TYPE_CHECKING:
    from symbolic.table.drafts import Draft


MAX_WEIGHT = 100_000


def refuse_undefined(draft: Draft, x: Instance, interval: IntervalOf, span: Span | None) -> None:
    """Raise E301 where an expression divides by a range that contains 0, leaves a function's domain, or can be too large.

    What stands under an `if` is left to the build: the condition may be there to keep it well defined. So is what has no
    bounds, such as a power of a negative number.
    """
    match x:
        case Formula(op="if") | Conditional():
            return
        case Formula(args=args) if x not in draft.defined:
            for part in args:
                refuse_undefined(draft, part, interval, x.span or span)
            if not any(_conditional(a, draft) for a in args):
                draft.defined.add(x)
                try:
                    hull(x, interval, span, draft.intervals)
                except SpaceError as error:
                    if error.code == "E301":
                        raise
        case Gathered(items=items):
            for item in items:
                refuse_undefined(draft, item, interval, span)
        case _:
            return


def weight(x: Instance, known: dict[Instance, int]) -> int:
    """Return how many parts an expression has with everything it names written out: what reading it once costs."""
    if x not in known:
        match x:
            case Formula(args=parts) | Gathered(items=parts):
                pass
            case Scoped(body=part) | Repeated(count=part):
                parts = (part,)
            case Conditional(condition=condition, then=then, other=other):
                parts = (condition, then) if other is None else (condition, then, other)
            case _:
                parts = ()
        known[x] = 1 + sum(weight(part, known) for part in parts)
    return known[x]


def _conditional(x: Instance, draft: Draft) -> bool:
    """Return whether a condition selects what an operand is, here or further in."""
    if isinstance(x, Gathered):
        return any(_conditional(i, draft) for i in x.items)
    return isinstance(x, Conditional) or (isinstance(x, Formula) and x not in draft.defined)


def guarded_by_condition(draft: Draft, guard: int) -> bool:
    """Return whether an expression decides that a place is there, so that it may keep what stands there well defined."""
    while guard != -1:
        found = draft.guards[guard]
        if isinstance(found, When):
            return True
        guard = getattr(found, "parent", -1)
    return False
