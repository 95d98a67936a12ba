"""Guards of a table, made of those of a draft: aliases resolved, simple conditions recognised as tests of one column."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from symbolic.table.drafts import Alternatives, Draft
from symbolic.table.formulas import Evaluation
from symbolic.table.reads import implied, reads
from symbolic.table.table import BIT, F64, I32, INT, ONE, AnyOf, Guard, Member, Table, Test, When

_MANY_USES = 64
_MANY_CODES = 512


def resolve(draft: Draft) -> list[int]:
    """Return for each guard the one it amounts to: -1 where it always holds, the only use's for a shared choice used once."""
    known: dict[int, int] = {-1: -1}

    def never(guard: int) -> bool:
        return guard != -1 and isinstance(g := draft.guards[guard], Alternatives) and all(map(never, g.guards))

    def amounts_to(guard: int) -> int:
        if guard not in known:
            g = draft.guards[guard]
            if not isinstance(g, Alternatives):
                known[guard] = guard
            else:
                uses = {amounts_to(u) for u in g.guards if not never(u)}
                known[guard] = -1 if -1 in uses else uses.pop() if len(uses) == 1 else guard
        return known[guard]

    return [amounts_to(g) for g in range(len(draft.guards))]


def final_guards(draft: Draft, alias: Sequence[int], to: Sequence[int]) -> tuple[Guard, ...]:
    """Return the guards with their final columns and parents; numbers stay, since formulas refer to them."""
    return tuple(_final(draft, g, alias, to) for g in draft.guards)


def _final(draft: Draft, guard: Test | Member | When | Alternatives, alias: Sequence[int], to: Sequence[int]) -> Guard:
    match guard:
        case Test(parent=parent, column=column, codes=codes):
            return Test(_alias(alias, parent), to[column], codes)
        case Member(parent=parent, columns=columns, code=code):
            return Member(_alias(alias, parent), tuple(to[c] for c in columns), code)
        case When(parent=parent, condition=condition, polarity=polarity):
            return When(_alias(alias, parent), condition, polarity)
        case Alternatives(guards=guards):
            some = {_alias(alias, g) for g in guards}
            return AnyOf(_widest(draft, sorted(g for g in some if not _empty(draft, g))))


def _alias(alias: Sequence[int], guard: int) -> int:
    return -1 if guard == -1 else alias[guard]


def _empty(draft: Draft, guard: int) -> bool:
    return guard != -1 and isinstance(g := draft.guards[guard], Alternatives) and not g.guards


def _widest(draft: Draft, uses: list[int]) -> tuple[int, ...]:
    """Leave out uses that hold only where another does; all are kept where there are very many."""
    if -1 in uses:
        return (-1,)
    if len(uses) > _MANY_USES:
        return tuple(uses)
    return tuple(u for u in uses if not any(u != other and draft.implies(u, other) for other in uses))


@attrs.frozen(eq=False)
class _Codes:
    """A view in which one column takes every code it has, and -1."""

    column: int
    values: NDArray[np.int32]

    def rows(self) -> int:
        return len(self.values)

    def codes(self, column: int) -> I32:
        assert column == self.column
        return self.values

    def reals(self, column: int) -> F64:
        raise AssertionError(column)


def recognise(table: Table) -> Table:
    """Return the table with every condition on a single discrete column written as a test of its codes."""
    known: dict[tuple[int, bool], tuple[int, frozenset[int]] | None] = {}
    guards: list[Guard] = []
    for guard in table.guards:
        if isinstance(guard, When):
            key = (id(guard.condition), guard.polarity)
            if key not in known:
                known[key] = _as_test(table, guard)
            found = known[key]
            guard = guard if found is None else Test(guard.parent, *found)
        guards.append(guard)
    return attrs.evolve(table, guards=tuple(guards))


def _as_test(table: Table, guard: When) -> tuple[int, frozenset[int]] | None:
    """Return the column and codes for which a condition holds, or None when it is not that simple."""
    columns = reads(table, guard.condition)
    if len(columns) != 1:
        return None
    (column,) = columns
    card = int(table.card[column])
    if table.kind[column] not in (ONE, BIT, INT) or card > _MANY_CODES:
        return None
    codes = np.arange(-1, card, dtype=np.int32)
    values, known = Evaluation(table, _Codes(column, codes)).value(guard.condition)
    holds = known & ((values != 0) == guard.polarity)
    return None if holds[0] else (column, frozenset(codes[holds].tolist()))


def parents(table: Table) -> tuple[NDArray[np.int32], tuple[frozenset[int] | None, ...]]:
    """Return for each column the one whose code alone decides whether it is active, and the codes; -1 and None elsewhere."""
    parent = np.full(len(table), -1, np.int32)
    codes: list[frozenset[int] | None] = [None] * len(table)
    for c, guard in enumerate(table.guard.tolist()):
        g = table.guards[guard] if guard != -1 else None
        if isinstance(g, Test) and implied(table, g):
            parent[c], codes[c] = g.column, g.codes
    return parent, tuple(codes)
