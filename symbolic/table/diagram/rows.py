"""Tables of rows in a decision diagram: a state carries which rows can still be met, and nothing of the codes before.

Rows with the same remaining cells are one, so that states merge wherever what is still allowed is the same.
"""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from symbolic.table.allowed import AllowedRows
from symbolic.table.instances import Formula
from symbolic.table.table import I64, Bools, Rule, Table

DECIDED = -1
"""The state of a `forbid` that can no longer be violated."""
U64 = NDArray[np.uint64]


@attrs.frozen(eq=False)
class Places:
    """A rule over rows: its `columns` in evaluation order, and for each the cells of the distinct endings of rows.

    `cells[k]` int64 `[ending]`: the code at column k; `rest[k]`: the number of the ending after it. `roots`: the endings that
    whole rows are.
    """

    columns: tuple[int, ...]
    cells: tuple[I64, ...]
    rest: tuple[I64, ...]
    roots: I64
    forbidden: bool


def places_of(table: Table, rule: Rule, position: dict[int, int]) -> Places | None:
    """Return a rule that is a table of rows and nothing else, or None for any other."""
    condition, forbidden = rule.condition, rule.kind == "forbid"
    while isinstance(condition, Formula) and condition.op == "not":
        condition, forbidden = condition.args[0], not forbidden
    if not (isinstance(condition, Formula) and condition.op == "rows" and isinstance(condition.allowed, AllowedRows)):
        return None
    columns = [table.where[path] for path in condition.allowed.paths]
    if len(set(columns)) < len(columns):
        return None
    order = sorted(range(len(columns)), key=lambda k: position[columns[k]])
    codes = condition.allowed.codes[:, order].astype(np.int64)
    cells: list[I64] = []
    rest: list[I64] = []
    ending = np.zeros(len(codes), np.int64)
    for k in reversed(range(len(order))):
        width = int(ending.max(initial=0)) + 1
        kinds, ending = np.unique((codes[:, k] + 1) * width + ending, return_inverse=True)
        cells.insert(0, kinds // width - 1)
        rest.insert(0, kinds % width)
    return Places(tuple(columns[k] for k in order), tuple(cells), tuple(rest), np.unique(ending), forbidden)


@attrs.define(eq=False)
class Tracker:
    """The sets of endings that the states of one layer stand for, state by state: `endings[offset[s] : offset[s + 1]]`."""

    places: Places
    at: int = 0
    offset: I64 = attrs.field(factory=lambda: np.zeros(1, np.int64))
    endings: I64 = attrs.field(factory=lambda: np.zeros(0, np.int64))

    def __attrs_post_init__(self) -> None:
        self.endings = self.places.roots
        self.offset = np.array([0, len(self.endings)], np.int64)

    def edges(self, states: I64, first: I64, last: I64) -> tuple[I64, I64]:
        """Return the edges of a `require`, as their state (by position) and code: only those that lead on to some row.

        `first`, `last`: the codes that are allowed otherwise, `[state]`.
        """
        owner, ending = self._spread(states)
        cell = self.places.cells[self.at][ending]
        inactive = first[owner] < 0
        code = np.where(inactive, -1, cell)
        kept = (code >= first[owner]) & (code <= last[owner]) & (inactive | (cell >= 0))
        pairs = np.unique(owner[kept] * _width(code) + code[kept] + 1)
        return pairs // _width(code), pairs % _width(code) - 1

    def step(self, states: I64, code: I64) -> tuple[I64, Bools]:
        """Go on by one code on each edge: return the new states and where no rule is broken. To be called once a column."""
        pairs, of_edge = np.unique(np.stack([states, code], 1), axis=0, return_inverse=True)
        of_edge = of_edge.reshape(-1)
        owner, ending = self._spread(np.maximum(pairs[:, 0], 0))
        cell, wanted = self.places.cells[self.at][ending], pairs[owner, 1]
        goes_on = (cell == wanted) | ((wanted < 0) & (not self.places.forbidden))
        goes_on &= pairs[owner, 0] >= 0
        owner, ending = owner[goes_on], self.places.rest[self.at][ending[goes_on]]
        number = self._number(owner, ending, len(pairs))
        decided = np.asarray(number < 0, np.bool_)
        self.at += 1
        allowed = ~decided
        if self.places.forbidden:
            allowed = decided if self.at == len(self.places.columns) else np.ones_like(decided)
        return number[of_edge], np.asarray(allowed[of_edge], np.bool_)

    def _spread(self, states: I64) -> tuple[I64, I64]:
        """Return for each ending of each of the states the position of the state, and the ending."""
        length = self.offset[states + 1] - self.offset[states]
        owner = np.repeat(np.arange(len(states)), length)
        within = np.arange(len(owner)) - np.repeat(np.cumsum(length) - length, length)
        return owner, self.endings[self.offset[states][owner] + within]

    def _number(self, owner: I64, ending: I64, sets: int) -> I64:
        """Make the sets of endings the states of the next layer; equal ones share a number, an empty one is `DECIDED`."""
        width = int(ending.max(initial=0)) + 1
        members = np.unique(owner * width + ending)
        owner, ending = members // width, members % width
        sums = np.zeros((sets, 2), np.uint64)
        for k in range(2):
            np.add.at(sums[:, k], owner, _mix(ending.astype(np.uint64) + np.uint64(1 + k * 0x51ED2701)))
        length = np.bincount(owner, minlength=sets)
        number = np.full(sets, DECIDED, np.int64)
        some = np.flatnonzero(length)
        if not len(some):
            self.offset, self.endings = np.zeros(2, np.int64), np.zeros(0, np.int64)
            return number
        _, chosen, inverse = np.unique(sums[some], axis=0, return_index=True, return_inverse=True)
        number[some] = inverse.reshape(-1)
        start = np.concatenate([[0], np.cumsum(length)])
        parts = [ending[start[s] : start[s + 1]] for s in some[chosen].tolist()]
        self.endings = np.concatenate(parts)
        self.offset = np.concatenate([[0], np.cumsum(length[some[chosen]])])
        return number


def _width(code: I64) -> int:
    return int(code.max(initial=0)) + 2


def _mix(x: U64) -> U64:
    """Scramble numbers (the finaliser of SplitMix64), so that sums of a set tell sets apart."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
