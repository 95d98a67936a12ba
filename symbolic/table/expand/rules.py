"""Expansion of constraints: last, when everything they may name is there, and without making anything active."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbolic.errors import SpaceError
from symbolic.measured import is_measured
from symbolic.nodes import Constraint
from symbolic.table.drafts import Place
from symbolic.table.instances import Constant, Formula
from symbolic.table.scalars import UNKNOWN, static
from symbolic.table.table import Rule
from symbolic.table.truths import check_truth

if TYPE_CHECKING:
    from symbolic.table.expand.expand import Expander


MAX_TEXT = 1000


def add_rules(e: Expander) -> None:
    """Expand the constraints over decisions; those on metrics are the backend's. Raises E501 for one that can never hold."""
    used = e.draft.read | {name for name, s in e.shared.items() if s.uses.guards}
    for constraint, at in e.draft.constraints:
        if not is_measured(constraint):
            _add(e, constraint, at)
    for name in e.shared.keys() - used:
        message = f"shared {name!r} is named by a constraint only: nothing would ever decide it"
        raise SpaceError("E402", message, e.defs[name].span, "name it in an entry")


def _add(e: Expander, constraint: Constraint, at: Place) -> None:
    condition = e.formula(constraint.condition, at)
    check_truth(condition, constraint.condition.span or constraint.span)
    value = static(condition)
    if value is not UNKNOWN:
        if bool(value) == (constraint.kind == "forbid") and at.guard == -1:
            raise SpaceError("E501", f"this {constraint.kind} can never hold here", constraint.span)
        if bool(value) == (constraint.kind == "require"):
            return
    if at.guard != -1:
        condition = Formula("guarded", (condition, Constant(at.guard)), constraint.condition.span)
    e.rules.append(Rule(constraint.kind, condition, text_of(constraint), constraint.span))


def text_of(constraint: Constraint) -> str:
    """Return a constraint as it is written in canonical text, cut where a table of rows makes it long."""
    from symbolic.language.printer import print_node

    text = print_node(constraint.condition)
    return f"{constraint.kind} {text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + ' ...'}"
