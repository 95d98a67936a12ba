"""Expansion of choices: one of several options, a subset, a permutation; and the edits that pin or narrow them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from symbolic.errors import SpaceError
from symbolic.nodes import Choice, Const, Edit, Option, Scalar
from symbolic.table.components import lands_on
from symbolic.table.drafts import Column, DraftSet, Place
from symbolic.table.edits import kept_options, option, values_of
from symbolic.table.expand_ties import tied, tied_guard
from symbolic.table.instances import Constant, Decided, Gathered, Instance, Members, Scoped
from symbolic.table.scope import Named
from symbolic.table.table import BIT, ONE, ORDER, Member, Test

if TYPE_CHECKING:
    from symbolic.table.expand import Expander

MAX_OPTIONS = 10_000


def one_of(e: Expander, node: Choice, at: Place) -> Instance:
    """Expand a choice of one option. A choice with one option left is no decision: its inside keeps the option's path."""
    options = _left(e, node, at)
    labels, values = _labels(options)
    edit = e.draft.edits.get(at.path)
    if edit is not None and edit.kind == "fix":
        (wanted,) = _single(edit)
        options = [options[option(edit, labels, values, wanted)]]
    elif edit is not None and edit.kind == "limit":
        options = [options[k] for k in kept_options(edit, labels, values)]
    if len(options) == 1:
        return _settle(e, options[0], at, decision=edit is not None)
    return _decide(e, options, node, at)


def _decide(e: Expander, options: Sequence[Option], node: Choice, at: Place) -> Decided:
    labels, values = _labels(options)
    weights = tuple(o.weight for o in options)
    column = Column(at.path, ONE, len(options), at.guard, labels, values, span=node.span)
    column.weights = weights if len(set(weights)) > 1 else None
    column.default = next((k for k, o in enumerate(options) if o.default), 0)
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


def _left(e: Expander, node: Choice, at: Place) -> list[Option]:
    if len(node.options) > MAX_OPTIONS:
        raise SpaceError("E405", f"a choice of more than {MAX_OPTIONS} options", node.span, "use a range, or nest choices")
    options = [o for o in node.options if e.feasible(o.value, at.context.depths)] if e.recursive else list(node.options)
    if not options:
        raise SpaceError("E401", "no option is left at this depth", node.span, "add an option without the rule")
    return options


def _labels(options: Sequence[Option]) -> tuple[tuple[str, ...], tuple[Scalar, ...]]:
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


def some_of(e: Expander, node: Choice, at: Place) -> Instance:
    """Expand a subset or a permutation."""
    options = _left(e, node, at)
    if node.low > len(options):
        raise SpaceError("E304", f"cannot pick {node.low}..{node.high} of {len(options)}", node.span)
    weighted = next((o for o in options if o.weight != 1.0), None)
    if weighted is not None:
        raise SpaceError(
            "E306", f"a {node.form} has no weights: every allowed set is equally likely", weighted.span or node.span
        )
    edit = e.draft.edits.get(at.path)
    if edit is not None and edit.kind == "fix":
        return _fixed_set(e, node, options, edit, at)
    if edit is not None and edit.kind == "limit":
        labels, values = _labels(options)
        options = [options[k] for k in kept_options(edit, labels, values)]
    return _pick(e, node, options, at)


def _pick(e: Expander, node: Choice, options: Sequence[Option], at: Place) -> Members:
    high = min(node.high, len(options))
    ordered = node.form == "permutation"
    labels, _ = _labels(options)
    columns, guard = _columns(e, node, options, high, at)
    numbers = [e.draft.where[path] for path in columns]
    always = (not ordered and node.low == len(options)) or (ordered and node.low == high == len(options))
    insides: list[Instance] = []
    guards: dict[Named, int] = {}
    for k, o in enumerate(options):
        if isinstance(o.value, Const):
            insides.append(Constant(o.value.value))
            continue
        test = Member(guard, tuple(numbers), k + 1) if ordered else Test(guard, numbers[k], frozenset((1,)))
        part = lands_on(o.value, e.defs)
        inner = at.inside(o.label if part is None else f"{o.label}/{part}")
        inner_guard = guard if always else e.draft.guard(test)
        inside = e.slot(o.value, inner.under(inner_guard))
        guards[inside] = inner_guard
        insides.append(inside)
    members = Members(at.path, columns, tuple(insides), labels, min(node.low, high), high, ordered, node.span)
    e.draft.inner[members] = guards
    if numbers and not at.context.reuse:
        e.draft.columns[numbers[0]].end = len(e.draft.columns)
    e.draft.decided.setdefault(at.path, members)
    return members


def _columns(e: Expander, node: Choice, options: Sequence[Option], high: int, at: Place) -> tuple[tuple[str, ...], int]:
    """Make the columns of a set: a bit per option, or a position per pick. Returns their paths and their guard."""
    ordered = node.form == "permutation"
    labels, _ = _labels(options)
    paths = tuple(f"{at.path}[{k}]" for k in range(high)) if ordered else tuple(f"{at.path}/{label}" for label in labels)
    if at.context.reuse:
        return paths, at.guard
    edit = e.draft.edits.get(at.path)
    if edit is not None and edit.kind == "tie":
        raise SpaceError("E209", "tying a subset or permutation is not supported yet", edit.span)
    e.draft.claim(at.path, node.span)
    guard = tied_guard(e, at)
    marked = [o.default for o in options]
    default = marked if any(marked) and not ordered else [k < node.low for k in range(len(options))]
    number = len(e.draft.sets)
    made = []
    for k, path in enumerate(paths):
        card, names = (len(options) + 1, labels) if ordered else (2, labels)
        column = Column(path, ORDER if ordered else BIT, card, guard, names, set=number, span=node.span)
        column.default = (k + 1 if k < node.low else 0) if ordered else int(default[k])
        made.append(e.draft.add(column))
        column.end = made[-1] + 1
    e.draft.sets.append(DraftSet(at.path, made, min(node.low, high), high, ordered, guard))
    return paths, guard


def _fixed_set(e: Expander, node: Choice, options: Sequence[Option], edit: Edit, at: Place) -> Instance:
    """Expand a set that an edit pins: its picks side by side."""
    labels, values = _labels(options)
    picks = [option(edit, labels, values, v) for v in values_of(edit.value, edit)]
    if node.form == "subset":
        picks = sorted(picks)
    if len(set(picks)) != len(picks) or not node.low <= len(picks) <= node.high:
        message = f"{edit.path!r} cannot be {[labels[k] for k in picks]!r}"
        raise SpaceError("E406", message, edit.span, f"{node.low}..{node.high} different options of {', '.join(labels)}")
    items = []
    for k in picks:
        part = lands_on(options[k].value, e.defs)
        label = options[k].label
        items.append(e.slot(options[k].value, at.inside(label if part is None else f"{label}/{part}")))
    fixed = Gathered(tuple(items))
    e.draft.settled[fixed] = tuple(labels[k] for k in picks)
    e.draft.settle(at, fixed, node.span)
    return fixed
