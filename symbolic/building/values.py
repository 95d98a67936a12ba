"""The plain resolver: every decision is answered with the value of one candidate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, TypeVar

import attrs

from symbolic.points import Point, Population
from symbolic.resolver import Decision, DecisionKind
from symbolic.table.grid import value_at
from symbolic.table.table import BIT, FLOAT, INT, ONE, ORDER, SetOf, Table

T = TypeVar("T")


class Inactive(Exception):
    """A decision was asked that the candidate does not have: an expression that reads it is unknown."""


@attrs.frozen(eq=False)
class Values:
    """Answers with the values of a point; raises `Inactive` for a decision that is not active."""

    table: Table
    point: Point
    mixes: ClassVar[bool] = False

    def answer(self, decision: Decision, options: Sequence[object]) -> object:
        """Return the option, the tuple of options, or the number of the candidate."""
        if decision.kind in ("subset", "permutation", "multiset"):
            return tuple(options[k] for k in self._members(decision))
        column = self.table.where[decision.path]
        code = int(self.point.index[column])
        if code < 0:
            raise Inactive(decision.path)
        return options[code] if options else number(self.table, self.point, column)

    def repeat(self, decision: Decision, body: Callable[[int], T]) -> Sequence[T]:
        """Return as many units as the candidate has."""
        return self.counted(self.answer(decision, ()), body)

    def counted(self, count: object, body: Callable[[int], T]) -> Sequence[T]:
        """Return that many units."""
        assert isinstance(count, int)
        return [body(i) for i in range(count)]

    def holds(self, guard: int) -> bool:
        """Return whether a guard of the table holds for the candidate."""
        from symbolic.table.formulas import guard_holds

        return guard == -1 or bool(guard_holds(self.table, guard, Population.of([self.point]))[0])

    def _members(self, decision: Decision) -> list[int]:
        group = _set(self.table, decision.path)
        codes = [int(self.point.index[c]) for c in group.columns]
        if codes and codes[0] < 0:
            raise Inactive(decision.path)
        if group.ordered:
            return [code - 1 for code in codes if code > 0]
        return [k for k, code in enumerate(codes) for _ in range(code)]


def number(table: Table, point: Point, column: int) -> int | float:
    """Return the value of an active numeric column."""
    if table.kind[column] == FLOAT:
        return float(point.real[table.float_column[column]])
    value = value_at(float(table.low[column]), float(table.step[column]), int(point.index[column]))
    return int(value) if table.integer[column] else value


def decision_at(table: Table, path: str, *, count: bool = False) -> Decision:
    """Describe the decision at a path; `count`: it says how often something is repeated."""
    column = table.where[path]
    kind = int(table.kind[column])
    labels = table.labels[column] or ()
    if kind in (BIT, ORDER):
        group = next(g for g in table.sets if column in g.columns)
        name: DecisionKind = "permutation" if group.ordered else "multiset" if group.most > 1 else "subset"
        return Decision(group.path, name, labels, pick=(group.low, group.high), span=table.spans[column])
    if kind == ONE:
        return Decision(path, "one", labels, span=table.spans[column])
    step = float(table.step[column]) or None
    low, high = float(table.low[column]), float(table.high[column])
    name = "count" if count else "integer" if kind == INT and table.integer[column] else "float"
    return Decision(path, name, (), low, high, step, bool(table.log[column]), span=table.spans[column])


def _set(table: Table, path: str) -> SetOf:
    return next(group for group in table.sets if group.path == path)
