"""What each layer of a decision diagram has to decide, and until when each code must be remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import attrs
import numpy as np

from symbolic.table.diagram.rows import Places, places_of
from symbolic.table.diagram.sums import Rest, Term, Total, total_of
from symbolic.table.formulas import guard_reads, reads
from symbolic.table.table import FLOAT, AnyOf, Member, Rule, SetOf, Table, Test, When

Relaxation = Literal["float constraint", "float condition", "constraints", "bounds", "conditions"]
"""What a diagram leaves out: constraints that read a float; guards (which then count both ways) and bounds that do; and, where
it would be too large, all constraints, then own bounds, then guards with expressions."""


@attrs.frozen(eq=False)
class Work:
    """What happens at one column.

    `either`: active or not, whatever the guard says. `members`, `place`: the set it belongs to and its place there, in
    evaluation order. `whole`: the column stands for a whole permutation that nobody reads. `rules` can be decided here;
    `terms` are (number of the total, summand), `rows` the numbers of tables of rows that have the column.
    """

    column: int
    guard: int = -1
    either: bool = False
    bounded: bool = False
    members: tuple[int, ...] = ()
    place: int = 0
    of: SetOf | None = None
    whole: bool = False
    rules: tuple[Rule, ...] = ()
    terms: tuple[tuple[int, Term], ...] = ()
    rows: tuple[int, ...] = ()


@attrs.frozen(eq=False)
class Agenda:
    """The work at each layer; `last` layer that reads a column's code; the running totals and the layer that ends each; the
    tables of rows and the layer that ends each; what is left of a total after a layer that adds to it."""

    works: tuple[Work, ...]
    last: dict[int, int]
    totals: tuple[Total, ...]
    ends: tuple[int, ...]
    places: tuple[Places, ...]
    row_ends: tuple[int, ...]
    rest: Mapping[tuple[int, int], Rest]
    relaxed: frozenset[Relaxation]


def make_agenda(table: Table, dropped: frozenset[Relaxation]) -> Agenda:
    """Distribute guards, bounds, sets and constraints over the layers, leaving out what is dropped or reads a float."""
    draft = _Draft(table, dropped)
    draft.add_columns()
    if "constraints" not in dropped:
        for rule in table.rules:
            draft.add_rule(rule)
    return draft.finish()


class _Draft:
    """An agenda in the making. Positions are in the evaluation order of all columns until it is finished."""

    def __init__(self, table: Table, dropped: frozenset[Relaxation]) -> None:
        self.table = table
        self.relaxed: set[Relaxation] = set(dropped)
        self.position = {c: i for i, c in enumerate(table.order.tolist())}
        self.last: dict[int, int] = {}
        self.works: dict[int, Work] = {}
        self.rules: list[list[Rule]] = [[] for _ in self.position]
        self.terms: list[list[tuple[int, Term]]] = [[] for _ in self.position]
        self.totals: list[Total] = []
        self.rows: list[list[int]] = [[] for _ in self.position]
        self.places: list[Places] = []
        self.set_of = {c: s for s in table.sets for c in s.columns}
        self.ordered: dict[str, tuple[tuple[int, ...], dict[int, int]]] = {}
        self.floats = frozenset(np.flatnonzero(table.kind == FLOAT).tolist())

    def need(self, columns: Iterable[int], at: int) -> None:
        """Remember the codes of columns up to a position."""
        for c in columns:
            self.last[c] = max(self.last.get(c, -1), at)

    def add_columns(self) -> None:
        table, seen = self.table, set[str]()
        for column, at in self.position.items():
            guard, either = self._guard(int(table.guard[column]))
            members = self.set_of.get(column)
            if members is not None and not either and _any_subset(members):
                members = None  # each option may be picked or not, whatever the others are
            if members is not None and members.path in seen:
                ordered, place = self._members(members)
                self.works[column] = Work(column, members=ordered, place=place[column], of=members)
                continue
            if members is not None:
                seen.add(members.path)
                self.works[column] = Work(column, guard, either, members=self._members(members)[0], of=members)
            else:
                self.works[column] = Work(column, guard, either, self._bounded(column))
            if not either:
                self.need(guard_reads(table, guard), at)
            if self.works[column].bounded:
                self.need(self._bound_reads(column), at)

    def add_rule(self, rule: Rule) -> None:
        columns = reads(self.table, rule.condition)
        if columns & self.floats:
            self.relaxed.add("float constraint")
            return
        places = places_of(self.table, rule, self.position)
        if places is not None:
            for column in places.columns:
                self.rows[self.position[column]].append(len(self.places))
            self.places.append(places)
            return
        total = total_of(self.table, rule)
        if total is None:
            at = max((self.position[c] for c in columns), default=0)
            self.rules[at].append(rule)
            self.need(columns, at)
            return
        for term in total.terms:
            at = max((self.position[c] for c in term.columns), default=0)
            self.terms[at].append((len(self.totals), term))
            self.need(term.columns, at)
        self.totals.append(total)

    def finish(self) -> Agenda:
        """Drop the layers of permutations that nobody reads, but for their first column, and number the rest."""
        works = list[Work]()
        layer_at: dict[int, int] = {}
        for column, at in self.position.items():
            work = self.works[column]
            if work.of is not None and work.of.ordered:
                if not any(c in self.last for c in work.members):
                    layer_at[at] = len(works) if column == work.members[0] else len(works) - 1
                    if column == work.members[0]:
                        works.append(attrs.evolve(work, whole=True))
                    continue
                self.need(work.members[: work.place], at)
            layer_at[at] = len(works)
            works.append(
                attrs.evolve(work, rules=tuple(self.rules[at]), terms=tuple(self.terms[at]), rows=tuple(self.rows[at]))
            )
        ends = [0] * len(self.totals)
        for at, terms in enumerate(self.terms):
            for number, _ in terms:
                ends[number] = at
        return Agenda(
            works=tuple(works),
            last={c: layer_at[at] for c, at in self.last.items()},
            totals=tuple(self.totals),
            ends=tuple(layer_at[at] for at in ends),
            places=tuple(self.places),
            row_ends=tuple(layer_at[self.position[p.columns[-1]]] for p in self.places),
            rest=_rests(works),
            relaxed=frozenset(self.relaxed),
        )

    def _members(self, members: SetOf) -> tuple[tuple[int, ...], dict[int, int]]:
        """Return the columns of a set in evaluation order, and the place of each."""
        if members.path not in self.ordered:
            ordered = tuple(sorted(members.columns, key=self.position.__getitem__))
            self.ordered[members.path] = ordered, {c: k for k, c in enumerate(ordered)}
        return self.ordered[members.path]

    def _guard(self, guard: int) -> tuple[int, bool]:
        """Return the guard that the diagram obeys, and whether it has to count both ways instead."""
        if "conditions" in self.relaxed and _has_condition(self.table, guard):
            return -1, False
        if guard_reads(self.table, guard) & self.floats:
            self.relaxed.add("float condition")
            return -1, True
        return guard, False

    def _bounded(self, column: int) -> bool:
        if self.table.low_x[column] is None and self.table.high_x[column] is None:
            return False
        if self._bound_reads(column) & self.floats:
            self.relaxed.add("float condition")
            return False
        return "bounds" not in self.relaxed

    def _bound_reads(self, column: int) -> frozenset[int]:
        ends = (self.table.low_x[column], self.table.high_x[column])
        return frozenset[int]().union(*(reads(self.table, x) for x in ends if x is not None))


def _any_subset(members: SetOf) -> bool:
    return not members.ordered and members.most == 1 and members.low == 0 and members.high == len(members.columns)


def _rests(works: Sequence[Work]) -> dict[tuple[int, int], Rest]:
    """Return what may still be added to a total after each layer that adds to it, by layer and number of the total."""
    left: dict[int, Rest] = {}
    rests: dict[tuple[int, int], Rest] = {}
    for at in range(len(works) - 1, -1, -1):
        for number, _ in works[at].terms:
            rests[at, number] = left.get(number, Rest())
        for number, term in works[at].terms:
            left[number] = left.get(number, Rest()).and_before(term)
    return rests


def _has_condition(table: Table, guard: int) -> bool:
    if guard == -1:
        return False
    match table.guards[guard]:
        case When():
            return True
        case Test(parent=parent) | Member(parent=parent):
            return _has_condition(table, parent)
        case AnyOf(guards=guards):
            return any(_has_condition(table, g) for g in guards)
