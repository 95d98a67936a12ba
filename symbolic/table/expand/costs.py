"""Costs as values: `params(model)` in a later entry is computed when a candidate is built, from the network that stands there.

It is no decision and has no column, so nothing that decides what exists may depend on it: no bound, count, guard or constraint
over decisions. An `A if params(model) > 1M else B` is a value like any other, where neither side holds decisions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbolic.errors import SpaceError, Span
from symbolic.nodes import Const, Expr, If, Ref
from symbolic.table.components import decides
from symbolic.table.drafts import Place
from symbolic.table.instances import Conditional, Constant, Formula, Gathered, Instance, Repeated, Scoped
from symbolic.table.references import follow

if TYPE_CHECKING:
    from symbolic.table.expand.expand import Expander


def cost(e: Expander, node: Expr, at: Place) -> Instance:
    """Expand the cost of an entry. Raises E403 for an entry that stands later, E305 for a metric that is no cost of one."""
    name, *of = node.args
    if len(of) != 1 or not isinstance(of[0], Ref) or of[0].steps or not isinstance(name, Const):
        raise SpaceError("E305", "a metric is no value: write params(ENTRY) or flops(ENTRY)", node.span)
    (found,), _ = follow(e, of[0], at.passive())
    e.draft.costs = True
    return Formula("metric", (Constant(name.value), Constant(of[0].name), found.what), node.span)  # type: ignore[arg-type]


def reads_cost(x: Instance) -> Formula | None:
    """Return the first cost that an expression reads, None where it reads none."""
    match x:
        case Formula(op="metric"):
            return x
        case Formula(args=parts) | Gathered(items=parts):
            pass
        case Scoped(body=part) | Repeated(count=part):
            parts = (part,)
        case Conditional(condition=condition, then=then, other=other):
            parts = (condition, then) if other is None else (condition, then, other)
        case _:
            return None
    return next((found for part in parts if (found := reads_cost(part)) is not None), None)


def refuse_cost(x: Instance, span: Span | None) -> None:
    """Raise E305 where what decides about other decisions reads a cost."""
    found = reads_cost(x)
    if found is not None:
        hint = "a limit names the cost itself: require params(model) <= 1M"
        raise SpaceError(
            "E305", "a cost is known when a candidate is built: no decision can depend on it", found.span or span, hint
        )


def chosen_by_cost(e: Expander, node: If, condition: Instance, at: Place) -> Conditional:
    """Expand `then if cond else other` where the condition reads a cost. Raises E305 where a side holds decisions."""
    sides = [side for side in (node.then, node.other) if side is not None]
    if any(decides(side, e.defs) for side in sides):
        refuse_cost(condition, node.span)
    then, *other = [e.slot(side, at) for side in sides]
    return Conditional(condition, then, other[0] if other else None, at.guard)
