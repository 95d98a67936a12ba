"""What objectives and limits read of a candidate beside its metrics: parts over decisions, expanded as constraints are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbolic.errors import SpaceError
from symbolic.measured import decided_parts, is_measured, text_of
from symbolic.nodes import Node
from symbolic.space import Space
from symbolic.table.drafts import Place
from symbolic.table.expand.formulas import bare, check_number
from symbolic.table.instances import Instance
from symbolic.table.truths import check_truth

if TYPE_CHECKING:
    from symbolic.table.expand.expand import Expander

_LOGIC = ("and", "or", "not")


def judged(e: Expander, space: Space) -> dict[str, Instance]:
    """Return the parts over decisions of objectives and measured constraints, by their text. Nothing becomes active.

    Raises E305 for a part that is neither a number nor a condition, as its place asks for.
    """
    found: dict[str, Instance] = {}
    for node in [*(g.expression for g in space.objectives), *(c.condition for c in space.constraints if is_measured(c))]:
        for part, around in decided_parts(node):
            found[text_of(part)] = _expanded(e, part, around)
    return found


def _expanded(e: Expander, part: Node, around: str) -> Instance:
    made = e.formula(part, Place("", e.root).passive())
    if around in _LOGIC:
        check_truth(made, part.span)
    elif around and around != "if":
        check_number(e, bare(made), around, part.span)
    elif not around:
        raise SpaceError(
            "E305", "an objective reads at least one metric", part.span, "a rule over decisions alone: require, forbid"
        )
    return made
