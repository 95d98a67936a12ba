"""The edit `tie "b" to "a"`: b has no column and reads a, which is active when either is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs

from symbolic.errors import SpaceError, nearest
from symbolic.nodes import Edit
from symbolic.table.drafts import Alternatives, Column, DraftSet, Place
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
    if number is None or e.draft.columns[number].set >= 0:
        raise _missing(e, target, edit, at)
    other = e.draft.columns[number]
    if _shape(other) != _shape(column):
        raise _unlike(target, edit, at)
    _share(e, other.guard, at)
    return number


@attrs.frozen
class SetShape:
    """What sets have in common that can be tied."""

    labels: tuple[str, ...]
    low: int
    high: int
    ordered: bool
    most: int


def tied_set(e: Expander, shape: SetShape, at: Place) -> DraftSet | None:
    """Return the set that the one at this path is tied to, now active here too; None where there is no tie.

    Raises E406 as `tied` does.
    """
    edit = e.draft.edits.get(at.path)
    if edit is None or edit.kind != "tie":
        return None
    target = str(values_of(edit.value, edit)[0])
    found = next((s for s in e.draft.sets if s.path == target), None)
    if at.context.reuse:
        return found
    e.draft.claim(at.path, edit.span)
    if found is None:
        raise _missing(e, target, edit, at)
    labels = e.draft.columns[found.columns[0]].labels or () if found.columns else ()
    if SetShape(labels, found.low, found.high, found.ordered, found.most) != shape:
        raise _unlike(target, edit, at)
    _share(e, found.guard, at)
    return found


def _share(e: Expander, guard: int, at: Place) -> None:
    """Make what stands under the guard of a tied decision active at a place too."""
    found = e.draft.guards[guard] if guard != -1 else None
    if isinstance(found, Alternatives):
        found.guards.append(at.guard)


def _missing(e: Expander, target: str, edit: Edit, at: Place) -> SpaceError:
    if target in e.draft.decided:
        return _unlike(target, edit, at)
    hint = nearest(target, e.draft.decided) or "a tie leads to a decision that comes earlier"
    return SpaceError("E406", f"no decision {target!r} to tie {at.path!r} to", edit.span, hint)


def _unlike(target: str, edit: Edit, at: Place) -> SpaceError:
    hint = "a tie needs equal options or bounds"
    return SpaceError("E406", f"{at.path!r} and {target!r} are unlike decisions", edit.span, hint)


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
