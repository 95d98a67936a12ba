"""The edit `tie "b" to "a"`: b has no column and reads a, which is active when either is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from symbolic.errors import SpaceError, nearest
from symbolic.nodes import Edit
from symbolic.table.drafts import Alternatives, Column, Place
from symbolic.table.edits import values_of

if TYPE_CHECKING:
    from symbolic.table.expand.expand import Expander


def tied(e: Expander, column: Column, at: Place) -> int | None:
    """Return the column that the decision at this path is tied to, now active here too; None where there is no tie.

    Raises E406 when the other decision is missing, comes later, or is unlike.
    """
    edit = e.draft.edits.get(at.path)
    if edit is None or edit.kind != "tie":
        return None
    target = str(values_of(edit.value, edit)[0])
    e.draft.claim(at.path, edit.span)
    number = e.draft.where.get(target)
    if number is None:
        hint = nearest(target, e.draft.where) or "a tie leads to a decision that comes earlier"
        raise SpaceError("E406", f"no decision {target!r} to tie {at.path!r} to", edit.span, hint)
    other = e.draft.columns[number]
    if _shape(other) != _shape(column):
        raise SpaceError(
            "E406", f"{at.path!r} and {target!r} are unlike decisions", edit.span, "a tie needs equal options or bounds"
        )
    guard = e.draft.guards[other.guard] if other.guard != -1 else None
    if isinstance(guard, Alternatives):
        guard.guards.append(at.guard)
    return number


def tied_guard(e: Expander, at: Place) -> int:
    """Return the guard of a new column: its place's, open to more uses when another decision is tied to it."""
    if at.guard == -1 or at.path not in e.draft.tie_targets:
        return at.guard
    return e.draft.guard(Alternatives([at.guard]))


def targets(edits: Iterable[Edit]) -> frozenset[str]:
    """Return the paths that other decisions are tied to."""
    return frozenset(str(values_of(t.value, t)[0]) for t in edits if t.kind == "tie")


def _shape(c: Column) -> tuple[object, ...]:
    return c.kind, c.card, c.labels, c.values, c.low, c.high, c.step, c.log, c.low_x is None, c.high_x is None
