"""Expansion of subsets, permutations and multisets, and the edits that pin or narrow them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from symbolic.errors import SpaceError
from symbolic.nodes import Choice, Const, Edit, Option
from symbolic.table.components import lands_on
from symbolic.table.drafts import Column, DraftSet, Place
from symbolic.table.edits import kept_options, option, values_of
from symbolic.table.expand.choices import labels_of, left
from symbolic.table.expand.ties import SetShape, tied_guard, tied_set
from symbolic.table.instances import Constant, Gathered, Instance, Members
from symbolic.table.scope import Named
from symbolic.table.table import BIT, ORDER, Member, Test

if TYPE_CHECKING:
    from symbolic.table.expand.expand import Expander


def some_of(e: Expander, node: Choice, at: Place) -> Instance:
    """Expand a subset, a permutation or a multiset."""
    options = left(e, node, at)
    repeats = node.form == "multiset"
    if node.low > len(options) and not repeats:
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
        labels, values = labels_of(options)
        options = [options[k] for k in kept_options(edit, labels, values)]
        if len(options) < node.low and not repeats:
            message = f"{at.path!r} picks {node.low} options or more, {len(options)} are left"
            raise SpaceError("E406", message, edit.span)
    if node.high == 0:
        return _constant_set(e, options, [], node, at)
    return _pick(e, node, options, at)


def _pick(e: Expander, node: Choice, options: Sequence[Option], at: Place) -> Members:
    repeats = node.form == "multiset"
    high = node.high if repeats else min(node.high, len(options))
    ordered = node.form == "permutation"
    labels, _ = labels_of(options)
    path, columns, guard = _columns(e, node, options, high, at)
    numbers = [e.draft.where[path] for path in columns]
    always = node.low == len(options) and (not ordered or high == len(options))
    if repeats:
        always = len(options) == 1 <= node.low
    insides: list[Instance] = []
    guards: dict[Named, int] = {}
    for k, o in enumerate(options):
        if isinstance(o.value, Const):
            insides.append(Constant(o.value.value))
            continue
        test = (
            Member(guard, tuple(numbers), k + 1)
            if ordered
            else Test(guard, numbers[k], frozenset(range(1, high + 1 if repeats else 2)))
        )
        part = lands_on(o.value, e.defs)
        inner = at.inside(o.label) if part is None else at.inside(o.label).inside(part)
        inner_guard = guard if always else e.draft.guard(test)
        inside = e.slot(o.value, inner.under(inner_guard))
        guards[inside] = inner_guard
        insides.append(inside)
    members = Members(path, columns, tuple(insides), labels, min(node.low, high), high, ordered, node.span)
    e.draft.inner[members] = guards
    if numbers and not at.context.reuse and path == at.path:
        e.draft.columns[numbers[0]].end = len(e.draft.columns)
    e.draft.decided.setdefault(at.path, members)
    return members


def _columns(e: Expander, node: Choice, options: Sequence[Option], high: int, at: Place) -> tuple[str, tuple[str, ...], int]:
    """Return the path of the set, those of its columns, and the guard of what stands in its options.

    The columns, a bit (or how often) per option or a position per pick, are made here unless the set is tied to another.
    """
    ordered = node.form == "permutation"
    labels, _ = labels_of(options)
    most = max(high, 1) if node.form == "multiset" else 1
    target = tied_set(e, SetShape(labels, min(node.low, high), high, ordered, most), at)
    if target is not None:
        return target.path, tuple(e.draft.columns[c].path for c in target.columns), at.guard
    paths = tuple(f"{at.path}[{k}]" for k in range(high)) if ordered else tuple(at.inside(label).path for label in labels)
    if at.context.reuse:
        return at.path, paths, at.guard
    e.draft.claim(at.path, node.span)
    guard = tied_guard(e, at)
    default = _default(node, options)
    number = len(e.draft.sets)
    marked = any(o.default for o in options)
    made = []
    for k, path in enumerate(paths):
        card = len(options) + 1 if ordered else most + 1
        column = Column(path, ORDER if ordered else BIT, card, guard, labels, set=number, span=node.span)
        column.default = (k + 1 if k < node.low else 0) if ordered else default.count(k)
        column.marked = marked
        made.append(e.draft.add(column))
        column.end = made[-1] + 1
    e.draft.sets.append(DraftSet(at.path, made, min(node.low, high), high, ordered, guard, most))
    return at.path, paths, guard


def _default(node: Choice, options: Sequence[Option]) -> list[int]:
    """Return the options of the default set: those that are marked, else the shortest set of first ones."""
    marked = [k for k, o in enumerate(options) if o.default]
    if not marked and node.form == "multiset":
        return [0] * node.low
    if not marked:
        return list(range(node.low))
    if node.form == "permutation":
        raise SpaceError("E307", "the options of a permutation take no default: its order would be unsaid", node.span)
    if not node.low <= len(marked) <= node.high:
        raise SpaceError("E307", f"{len(marked)} options are marked default, allowed are {node.low}..{node.high}", node.span)
    return marked


def _fixed_set(e: Expander, node: Choice, options: Sequence[Option], edit: Edit, at: Place) -> Instance:
    """Expand a set that an edit pins: its picks side by side."""
    labels, values = labels_of(options)
    picks = [option(edit, labels, values, v) for v in values_of(edit.value, edit)]
    if node.form != "permutation":
        picks = sorted(picks)
    twice = node.form != "multiset" and len(set(picks)) != len(picks)
    if twice or not node.low <= len(picks) <= node.high:
        message = f"{edit.path!r} cannot be {[labels[k] for k in picks]!r}"
        raise SpaceError(
            "E406",
            message,
            edit.span,
            f"{node.low}..{node.high} {'' if node.form == 'multiset' else 'different '}options of {', '.join(labels)}",
        )
    return _constant_set(e, options, picks, node, at)


def _constant_set(e: Expander, options: Sequence[Option], picks: Sequence[int], node: Choice, at: Place) -> Gathered:
    """Return a set that is no decision: its picks side by side."""
    items: dict[int, Instance] = {}
    for k in dict.fromkeys(picks):
        part = lands_on(options[k].value, e.defs)
        inner = at.inside(options[k].label)
        items[k] = e.slot(options[k].value, inner if part is None else inner.inside(part))
    fixed = Gathered(tuple(items[k] for k in picks))
    e.draft.settled[fixed] = tuple(options[k].label for k in picks)
    e.draft.settle(at, fixed, node.span)
    return fixed
