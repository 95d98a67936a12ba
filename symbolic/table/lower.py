"""Lowering: a space becomes a table, by way of its expansion."""

from __future__ import annotations

import heapq
import re
from collections.abc import Sequence

import attrs
import numpy as np

from symbolic import collector
from symbolic.errors import SpaceError
from symbolic.measured import is_measured
from symbolic.space import Space
from symbolic.table.drafts import Column, Draft, DraftSet
from symbolic.table.expand.expand import expand
from symbolic.table.guards import final_guards, parents, recognise, resolve
from symbolic.table.instances import Fields
from symbolic.table.reads import column_reads
from symbolic.table.renames import check_renames
from symbolic.table.table import BIT, F64, I32, ORDER, Rule, SetOf, Table

_LONG_SUBTREE = 64


def lower(space: Space) -> Table:
    """Return the table of a space: one column a decision or member of a set.

    Raises `SpaceError` (E2xx-E5xx) at the place that is wrong. `Space.lower` keeps the result.
    """
    with collector.paused():
        return _lowered(space)


def _lowered(space: Space) -> Table:
    root, draft, rules = expand(space)
    measured = any(is_measured(c) for c in space.constraints)
    table = recognise(_tabulate(draft, root, rules, measured=measured))
    parent, codes = parents(table)
    table = attrs.evolve(table, parent=parent, parent_codes=codes, symbol=_symbols(table))
    table = attrs.evolve(table, order=evaluation_order(table), edited=_edited(space, table))
    for array in (table.parent, table.symbol, table.order):
        array.flags.writeable = False
    check_renames(space.renames, table)
    return table


def _edited(space: Space, table: Table) -> dict[str, str]:
    """Say of each decision that an edit left without a column what became of it."""
    from symbolic.language.printer import print_node

    said = {"fix": "fixed to", "tie": "tied to", "limit": "limited to"}
    return {e.path: f"{said[e.kind]} {print_node(e.value)}" for e in space.edits if e.path not in table.where}


def hoisted(draft: Draft) -> list[int]:
    """Return the columns in table order: shared choices first, in order of completion, each contiguous; then the entries."""
    rank = {name: k for k, name in enumerate(draft.completed)}
    last = len(rank)
    owners = [last if c.owner is None else rank[c.owner] for c in draft.columns]
    return sorted(range(len(owners)), key=lambda c: (owners[c], c))


def evaluation_order(table: Table) -> I32:
    """Return the columns so that what a column's guard and bounds read comes before it, smallest column first.

    Raises E403 when decisions depend on each other.
    """
    needs = [set(column_reads(table, c)) for c in range(len(table))]
    for members in table.sets:
        for before, column in zip(members.columns, members.columns[1:], strict=False):
            needs[column].add(before)
    users: list[list[int]] = [[] for _ in needs]
    for column, read in enumerate(needs):
        for other in read:
            users[other].append(column)
    left = [len(read) for read in needs]
    ready = [c for c, n in enumerate(left) if n == 0]
    order: list[int] = []
    while ready:
        column = heapq.heappop(ready)
        order.append(column)
        for user in users[column]:
            left[user] -= 1
            if left[user] == 0:
                heapq.heappush(ready, user)
    if len(order) < len(table):
        bad = [c for c in range(len(table)) if left[c] > 0]
        names = ", ".join(table.path[c] for c in bad[:5])
        raise SpaceError("E403", f"these decisions depend on each other: {names}", table.spans[bad[0]])
    return np.array(order, np.int32)


def _tabulate(draft: Draft, root: Fields, rules: tuple[Rule, ...], *, measured: bool) -> Table:
    """Return the table before conditions are recognised, parents told and columns ordered."""
    new = hoisted(draft)
    to = [0] * len(new)
    for k, old in enumerate(new):
        to[old] = k
    columns = [draft.columns[old] for old in new]
    alias = resolve(draft)
    sets = _sets(draft, alias, to)
    where = {c.path: k for k, c in enumerate(columns)} | {s.path: s.columns[0] for s in sets if s.columns}
    none = np.full(len(columns), -1, np.int32)
    return Table(
        path=tuple(c.path for c in columns),
        kind=_array([c.kind for c in columns], np.int8),
        card=_array([c.card for c in columns], np.int64),
        low=_array([c.low for c in columns], np.float64),
        high=_array([c.high for c in columns], np.float64),
        step=_array([c.step for c in columns], np.float64),
        log=_array([c.log for c in columns], np.bool_),
        integer=_array([c.integer for c in columns], np.bool_),
        labels=tuple(c.labels for c in columns),
        values=tuple(c.values for c in columns),
        prob=tuple(_probabilities(c) for c in columns),
        prior=_array([np.nan if c.prior is None else c.prior for c in columns], np.float64),
        default=_array([c.default or 0.0 for c in columns], np.float64),
        low_x=tuple(c.low_x for c in columns),
        high_x=tuple(c.high_x for c in columns),
        decision=_decisions(columns),
        end=_ends(draft, new, to),
        parent=none,
        parent_codes=(None,) * len(columns),
        guard=_array([-1 if c.guard == -1 else alias[c.guard] for c in columns], np.int32),
        order=none,
        symbol=none,
        spans=tuple(c.span for c in columns),
        guards=final_guards(draft, alias, to),
        sets=sets,
        rules=rules,
        fidelities=tuple(draft.fidelities),
        root=root,
        where=where,
        measured=measured,
        marked=frozenset(k for k, c in enumerate(columns) if c.marked),
        judged=draft.judged,
        facts={name: value for name, value in draft.facts.items() if value is not None},
    )


def _array(values: Sequence[object], dtype: type[np.generic]) -> np.ndarray:
    array = np.array(values, dtype)
    array.flags.writeable = False
    return array


def _sets(draft: Draft, alias: Sequence[int], to: Sequence[int]) -> tuple[SetOf, ...]:
    return tuple(
        SetOf(s.path, tuple(to[c] for c in s.columns), s.low, s.high, s.ordered, _guard_of(s, alias), s.most)
        for s in draft.sets
    )


def _guard_of(s: DraftSet, alias: Sequence[int]) -> int:
    return -1 if s.guard == -1 else alias[s.guard]


def _probabilities(column: Column) -> F64 | None:
    if column.weights is None:
        return None
    weights = np.array(column.weights, np.float64)
    weights /= weights.sum()
    weights.flags.writeable = False
    return weights


def _decisions(columns: Sequence[Column]) -> I32:
    """Number the decisions: members of one set share a number."""
    numbers: dict[tuple[str, int], int] = {}
    keys = [("set", c.set) if c.kind in (BIT, ORDER) else ("column", k) for k, c in enumerate(columns)]
    decisions: I32 = _array([numbers.setdefault(key, len(numbers)) for key in keys], np.int32)
    return decisions


def _ends(draft: Draft, new: Sequence[int], to: Sequence[int]) -> I32:
    """Return the ends of subtrees in table order; what a subtree holds of other owners has moved away."""
    ends = []
    for old in new:
        column = draft.columns[old]
        stop = max(column.end, old + 1)
        inside = next(k for k in range(stop - 1, old - 1, -1) if draft.columns[k].owner == column.owner)
        ends.append(to[inside] + 1)
    array: I32 = _array(ends, np.int32)
    return array


def _symbols(table: Table) -> I32:
    """Number the subtrees that may be exchanged: equal last part of the path, and equal decisions below it."""
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(_symbol(table, c), len(numbers)) for c in range(len(table))], np.int32)


def _symbol(table: Table, column: int) -> object:
    path, end = table.path[column], int(table.end[column])
    if end - column > _LONG_SUBTREE:
        return path
    local = re.sub(r"(\[\d+\]|#\d+)$", "", path.rpartition("/")[2])
    below = tuple(
        (table.path[k].removeprefix(path), int(table.kind[k]), int(table.card[k]), table.labels[k], table.low[k], table.high[k])
        for k in range(column, end)
    )
    return local, below
