"""Building a decision diagram, layer by layer, on arrays of states."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symbolic.table.bounds import code_bounds, value_bounds
from symbolic.table.constrain import violated
from symbolic.table.diagram.agenda import Agenda, Relaxation, Work, make_agenda
from symbolic.table.diagram.diagram import Branch, Counts, DiagramLayer, Free
from symbolic.table.diagram.rows import Tracker
from symbolic.table.diagram.sums import DECIDED, Codes
from symbolic.table.formulas import Evaluation
from symbolic.table.priors import set_counts
from symbolic.table.table import FLOAT, I32, I64, Bools, Table

Key = tuple[str, int]
"""What a state holds: the code of a column, the number picked so far of a subset (-1: inactive), a running total, the rows of a
table that can still be met."""
Ints = NDArray[np.integer]


_CELLS = 4
"""Numbers handled at edges (what states hold, constraints, summands), per edge of the limit: they are what takes the time."""


class TooLarge(Exception):
    """The diagram would have more edges than allowed."""


def build(
    table: Table, dropped: frozenset[Relaxation], limit: int
) -> tuple[tuple[DiagramLayer, ...], int, int, frozenset[Relaxation]]:
    """Return the layers, the number of states after the last one, the edges, and what was left out.

    Raises `TooLarge` above `limit` edges.
    """
    agenda = make_agenda(table, dropped)
    builder = _Builder(table, agenda, limit)
    layers = tuple(builder.layer(at, work) for at, work in enumerate(agenda.works))
    return layers, builder.states, builder.edges, agenda.relaxed


class _Builder:
    """The states between two layers, as one array per key."""

    def __init__(self, table: Table, agenda: Agenda, limit: int) -> None:
        self.table, self.agenda, self.limit = table, agenda, limit
        self.keys: dict[Key, Ints] = {}
        self.states, self.edges, self.cells = 1, 0, 0
        self.trackers = tuple(map(Tracker, agenda.places))
        self.ended = {work.members[0]: at for at, work in enumerate(agenda.works) if work.of is not None and not work.whole}

    def layer(self, at: int, work: Work) -> DiagramLayer:
        self._count(self.states - 1)  # layers without edges cost as much, but for those of one state
        active = self._active(work)
        if work.whole:
            return self._whole(at, work, active)
        first, last = self._codes(work, active)
        width = np.maximum(last - first + 1, 0)
        looked_at = work.of is not None or work.rules or work.terms or work.rows or self.agenda.last.get(work.column, -1) > at
        if not looked_at:
            return Free((work.column,), first.astype(np.int32), width, self._merge(at, self.keys, self.states))
        source, code = self._edges(work, first, last, width)
        between = (first.astype(np.int32), last.astype(np.int32)) if work.bounded else None
        return self._branch(at, work, source, code, between)

    def _edges(self, work: Work, first: I64, last: I64, width: I64) -> tuple[I64, I64]:
        """Return the state and code of each edge: those of a table of rows where there is one, else all codes."""
        table = next((n for n in work.rows if not self.trackers[n].places.forbidden), None)
        if table is None:
            self._count(int(width.sum()))
            source = np.repeat(np.arange(self.states), width)
            return source, np.arange(len(source)) - np.repeat(np.cumsum(width) - width, width) + first[source]
        source, code = self.trackers[table].edges(self._row_states(table, self.keys, self.states), first, last)
        self._count(len(code))
        return source, code

    def _count(self, edges: int) -> None:
        self.edges += edges
        if self.edges > self.limit:
            raise TooLarge

    def _row_states(self, table: int, keys: dict[Key, Ints], rows: int) -> I64:
        return np.asarray(keys.get(("rows", table), np.zeros(rows, np.int64)), np.int64)

    def _branch(self, at: int, work: Work, source: I64, code: I64, between: tuple[I32, I32] | None) -> Branch:
        self.cells += len(code) * (len(self.keys) + len(work.rules) + len(work.terms))
        if self.cells > self.limit * _CELLS:
            raise TooLarge
        keys = {key: values[source] for key, values in self.keys.items()}
        keys["code", work.column] = code.astype(np.int32)
        allowed = np.ones(len(code), np.bool_)
        if work.of is not None:
            allowed &= self._in_order(work, code, keys) if work.of.ordered else self._count_picks(work, code, keys)
        evaluation = Evaluation(self.table, _codes(keys, len(code)))
        for number, term in work.terms:
            running = keys.get(("total", number), np.zeros(len(code), np.int64))
            keys["total", number] = self.agenda.totals[number].add(np.asarray(running, np.int64), term, evaluation)
        for number in {n for n, _ in work.terms}:
            rest = self.agenda.rest[at, number]
            keys["total", number], possible = self.agenda.totals[number].judge(np.asarray(keys["total", number]), rest)
            allowed &= possible
        for number in work.rows:
            states = self._row_states(number, keys, len(code))
            keys["rows", number], possible = self.trackers[number].step(states, code)
            allowed &= possible
        for rule in work.rules:
            allowed &= ~violated(evaluation, rule)
        offset = np.searchsorted(source[allowed], np.arange(self.states + 1))
        kept = {key: values[allowed] for key, values in keys.items()}
        to = self._merge(at, kept, int(allowed.sum()))
        return Branch(work.column, offset, code[allowed].astype(np.int32), to, between)

    def _active(self, work: Work) -> Bools:
        """Return `[state]`, where the column is active; members of a set follow the first."""
        if work.of is not None and work.column != work.members[0]:
            key = ("code", work.members[0]) if work.of.ordered else ("picked", work.members[0])
            return np.asarray(self.keys[key] >= 0, np.bool_)
        return Evaluation(self.table, _codes(self.keys, self.states)).guard(work.guard)

    def _codes(self, work: Work, active: Bools) -> tuple[I64, I64]:
        """Return the first and last code `[state]`: -1 and -1 where inactive."""
        column, states = work.column, self.states
        first, last = np.zeros(states, np.int64), np.full(states, max(int(self.table.card[column]) - 1, 0))
        if work.bounded:
            evaluation = Evaluation(self.table, _codes(self.keys, states))
            if self.table.kind[column] == FLOAT:
                low, high = value_bounds(evaluation, column)
                last = np.where(low <= high, 0, -1)
            else:
                first, last = code_bounds(evaluation, column)
        if work.either:
            return np.full(states, -1), last
        return np.where(active, first, -1), np.where(active, last, -1)

    def _whole(self, at: int, work: Work, active: Bools) -> Free:
        assert work.of is not None
        arrangements = sum(set_counts(work.of, int(self.table.card[work.column]) - 1))
        width: Counts = np.ones(self.states, np.int64 if arrangements < 2**62 else object)
        width[active] = arrangements + work.either
        base = np.where(active & (not work.either), 0, -1).astype(np.int32)
        return Free(work.of.columns, base, width, self._merge(at, self.keys, self.states))

    def _count_picks(self, work: Work, code: I64, keys: dict[Key, Ints]) -> Bools:
        """Add the picked member to the subset's count; return where the count can still end within its limits."""
        assert work.of is not None
        key = ("picked", work.members[0])
        picked = code if work.column == work.members[0] else keys[key] + np.maximum(code, 0)
        keys[key] = picked.astype(np.int32)
        left = len(work.members) - 1 - work.place
        return np.asarray((code < 0) | ((picked <= work.of.high) & (picked + left * work.of.most >= work.of.low)), np.bool_)

    def _in_order(self, work: Work, code: I64, keys: dict[Key, Ints]) -> Bools:
        """Return where a permutation stays one: options unlike, nothing (0) only as a tail, from the lowest length on."""
        assert work.of is not None
        place = work.place
        allowed = np.asarray((code != 0) | (place >= work.of.low), np.bool_)
        for before in work.members[:place]:
            allowed &= (keys["code", before] != code) | (code <= 0)
        if place:
            allowed &= (keys["code", work.members[place - 1]] != 0) | (code <= 0)
        return allowed

    def _merge(self, at: int, keys: dict[Key, Ints], rows: int) -> I64:
        """Forget what no later layer reads, merge equal states, and return the state of each row."""
        kept = {key: values for key, values in keys.items() if self._kept(key, at)}
        chosen, state = distinct(list(kept.values()), rows)
        self.keys = {key: values[chosen] for key, values in kept.items()}
        self.states = len(chosen)
        return state

    def _kept(self, key: Key, at: int) -> bool:
        kind, number = key
        match kind:
            case "code":
                return self.agenda.last.get(number, -1) > at
            case "picked":
                return self.ended[number] > at
            case "rows":
                return self.agenda.row_ends[number] > at
            case _:
                return self.agenda.ends[number] > at


def _codes(keys: dict[Key, Ints], rows: int) -> Codes:
    return Codes({number: values for (kind, number), values in keys.items() if kind == "code"}, rows)


def distinct(columns: Sequence[Ints], rows: int) -> tuple[I64, I64]:
    """Return the first row of each distinct combination of columns, and the combination of each row."""
    if rows == 0 or not columns:
        return np.zeros(min(rows, 1), np.int64), np.zeros(rows, np.int64)
    key, span = np.zeros(rows, np.int64), 1
    for values in map(_compact, columns):
        low = int(values.min())
        width = int(values.max()) - low + 1
        if span * width >= 2**62:
            return _first_and_inverse(np.stack([_compact(c) for c in columns], 1))
        key = key * width + (values - low)
        span *= width
    if span > 4 * rows + 1024:
        return _first_and_inverse(key)
    first = np.full(span, rows, np.int64)
    first[key[::-1]] = np.arange(rows - 1, -1, -1)
    present = np.flatnonzero(first < rows)
    number = np.zeros(span, np.int64)
    number[present] = np.arange(len(present))
    return first[present], number[key]


def _compact(values: Ints) -> Ints:
    """Bring the marker `DECIDED` next to the other totals."""
    decided = values == DECIDED
    if not decided.any():
        return values
    rest = values[~decided]
    return np.where(decided, rest.max() + 1 if len(rest) else 0, values)


def _first_and_inverse(keys: Ints) -> tuple[I64, I64]:
    _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    return first, inverse.reshape(-1)
