"""Expansion of a choice of one option, and the edits that pin or narrow it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from symbolic.errors import SpaceError
from symbolic.nodes import Choice, Const, Edit, Option, Scalar
from symbolic.table.drafts import Column, Place
from symbolic.table.edits import kept_options, option, values_of
from symbolic.table.expand.ties import tied, tied_guard
from symbolic.table.instances import Constant, Decided, Instance, Scoped
from symbolic.table.scope import Named
from symbolic.table.table import ONE, Test

if TYPE_CHECKING:
    from symbolic.table.expand.expand import Expander

MAX_OPTIONS = 10_000


def one_of(e: Expander, node: Choice, at: Place) -> Instance:
    """Expand a choice of one option. A choice with one option left is no decision: its inside keeps the option's path."""
    options = left(e, node, at)
    labels, values = labels_of(options)
    edit = e.draft.edits.get(at.path)
    if edit is not None and edit.kind == "fix":
        (wanted,) = _single(edit)
        options = [options[option(edit, labels, values, wanted)]]
    elif edit is not None and edit.kind == "limit":
        options = [options[k] for k in kept_options(edit, labels, values)]
    if edit is not None:
        labels, values = labels_of(options)
    if len(options) == 1:
        return _settle(e, options[0], at, decision=edit is not None)
    return _decide(e, options, labels, values, node, at)


def _decide(
    e: Expander, options: Sequence[Option], labels: tuple[str, ...], values: tuple[Scalar, ...], node: Choice, at: Place
) -> Decided:
    weights = tuple(o.weight for o in options)
    column = Column(at.path, ONE, len(options), at.guard, labels, values, span=node.span)
    column.weights = weights if len(set(weights)) > 1 else None
    marked = [k for k, o in enumerate(options) if o.default]
    if len(marked) > 1:
        raise SpaceError("E307", "two options are marked default", node.span)
    if min(weights) <= 0:
        raise SpaceError("E306", f"the weight {min(weights):g} is not a positive number", node.span)
    column.default = marked[0] if marked else 0
    column.marked = bool(marked)
    number, path = place(e, column, at)
    parent = at.guard if at.context.reuse or path != at.path else e.draft.columns[number].guard
    insides: list[Instance] = []
    guards: dict[Named, int] = {}
    for k, o in enumerate(options):
        if isinstance(o.value, Const):
            e.draft.tick(o.value)
            insides.append(Constant(o.value.value))
            continue
        guard = e.draft.guard(Test(parent, number, frozenset((k,))))
        inside = e.slot(o.value, at.inside(o.label).under(guard))
        guards[inside] = guard
        insides.append(inside)
    decided = Decided(path, tuple(insides), labels, node.span)
    e.draft.inner[decided] = guards
    close_subtree(e, number, at)
    e.draft.decided.setdefault(at.path, decided)
    return decided


def place(e: Expander, column: Column, at: Place) -> tuple[int, str]:
    """Return the number and path of a column: a new one, the one made at the first use, or the one this path is tied to."""
    if at.context.reuse:
        path = at.path
        edit = e.draft.edits.get(path)
        if edit is not None and edit.kind == "tie":
            path = str(values_of(edit.value, edit)[0])
        return e.draft.where[path], path
    target = tied(e, column, at)
    if target is not None:
        return target, e.draft.columns[target].path
    column.guard = tied_guard(e, at)
    return e.draft.add(column), at.path


def close_subtree(e: Expander, number: int, at: Place) -> None:
    """Note that the subtree of a column just made ends here."""
    column = e.draft.columns[number]
    if not at.context.reuse and column.path == at.path:
        column.end = len(e.draft.columns)


def left(e: Expander, node: Choice, at: Place) -> list[Option]:
    """Return the options that the depth of rules leaves. Raises E401 for none, E405 for too many, E206 for equal labels."""
    if len(node.options) > MAX_OPTIONS:
        raise SpaceError("E405", f"a choice of more than {MAX_OPTIONS} options", node.span, "use a range, or nest choices")
    options = [o for o in node.options if e.feasible(o.value, at.context.depths)] if e.recursive else list(node.options)
    if not options:
        raise SpaceError("E401", "no option is left at this depth", node.span, "add an option without the rule")
    if len({o.label for o in options}) < len(options):
        twice = next(o for k, o in enumerate(options) if any(o.label == p.label for p in options[:k]))
        raise SpaceError("E206", f"two options are called {twice.label!r}", twice.span or node.span, "name them: (...) as NAME")
    return options


def labels_of(options: Sequence[Option]) -> tuple[tuple[str, ...], tuple[Scalar, ...]]:
    """Return labels and Python values; an option that is no constant has its label for a value."""
    labels = tuple(o.label for o in options)
    return labels, tuple(o.value.value if isinstance(o.value, Const) else o.label for o in options)


def _single(edit: Edit) -> tuple[Scalar]:
    values = values_of(edit.value, edit)
    if len(values) != 1:
        raise SpaceError("E406", f"{edit.path!r} takes one value, not {len(values)}", edit.span)
    return (values[0],)


def _settle(e: Expander, o: Option, at: Place, *, decision: bool) -> Instance:
    inside = e.slot(o.value, at.inside(o.label))
    settled = inside if isinstance(inside, Constant) else Scoped({}, inside)
    if not isinstance(settled, Constant):
        e.draft.settled[settled] = (o.label,)
    if decision:
        e.draft.settle(at, settled, o.span)
    return settled
