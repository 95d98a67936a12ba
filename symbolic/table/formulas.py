"""Expressions and guards, evaluated for many rows at once with three-valued (Kleene) logic.

`evaluate` and `guard_holds` take a population. Who has the codes in another form (the states of a decision diagram) writes a
`View` and makes an `Evaluation` over it, which also remembers guards it has evaluated.
"""

from __future__ import annotations

from typing import Protocol, assert_never

import attrs
import numpy as np
from numpy.typing import NDArray

from symbolic.errors import SpaceError
from symbolic.nodes import Scalar
from symbolic.points import Population
from symbolic.table.allowed import AllowedRows
from symbolic.table.facts import untold
from symbolic.table.grid import values_at
from symbolic.table.instances import (
    Chain,
    Conditional,
    Constant,
    Decided,
    External,
    Fact,
    Fields,
    Formula,
    Gathered,
    Instance,
    Members,
    Operation,
    Repeated,
    Scoped,
    Varying,
)
from symbolic.table.reads import column_reads, guard_reads, implied, reads
from symbolic.table.scalars import same_option, static
from symbolic.table.table import F64, FLOAT, INT, ONE, AnyOf, Bools, Member, Table, Test, When
from symbolic.table.vectors import Values, any_of, combine, combine_list, compare

__all__ = ["Evaluation", "Rows", "View", "bounds", "column_reads", "evaluate", "guard_holds", "guard_reads", "reads", "static"]


class View(Protocol):
    """Codes of some rows, column by column."""

    def rows(self) -> int:
        """Return how many rows there are."""

    def codes(self, column: int) -> NDArray[np.integer]:
        """Return the codes of a column `[row]`, -1 where inactive."""

    def reals(self, column: int) -> F64:
        """Return the values of a float column `[row]`."""


@attrs.frozen(eq=False)
class Rows:
    """A population as a view."""

    table: Table
    population: Population

    def rows(self) -> int:
        return len(self.population)

    def codes(self, column: int) -> NDArray[np.integer]:
        return self.population.index[:, column]

    def reals(self, column: int) -> F64:
        return self.population.real[:, self.table.float_column[column]]


def evaluate(table: Table, instance: Instance, population: Population) -> Values:
    """Return the values of an expression, float64 `[row]`, and where they are known, bool `[row]`.

    Truth is 1.0 and 0.0. A value that is no number (a label, text) is NaN, and known; what a float cannot hold is infinite
    and known. Unknown: what reads an inactive decision, a division by zero, and what is no number otherwise. Raises E305 for an
    instance that is no expression, E201 for a fact of a task that is not known.
    """
    return Evaluation(table, Rows(table, population)).value(instance)


def guard_holds(table: Table, guard: int, population: Population) -> Bools:
    """Return bool `[row]`: where the guard holds (everywhere for -1)."""
    return Evaluation(table, Rows(table, population)).guard(guard)


def bounds(table: Table, column: int, population: Population) -> tuple[F64, F64]:
    """Return the low and high values of a numeric column for each row, float64 `[row]` each; the hull where a bound is unknown.

    Low can exceed high: such a row has no value left and is no candidate.
    """
    return Evaluation(table, Rows(table, population)).bounds(column)


@attrs.frozen(eq=False)
class Evaluation:
    """Evaluates expressions and guards over one view; guards are remembered, so use it only while the codes they read stay."""

    table: Table
    view: View
    _guards: dict[int, Bools] = attrs.field(factory=dict, init=False)

    def value(self, x: Instance) -> Values:
        """Return the values of an expression and where they are known; see `evaluate`."""
        match x:
            case Constant(value=value):
                return self._full(_number(value))
            case Varying(high=high):
                return self._full(float(high))
            case Decided(path=path):
                return self._column(self.table.where[path])
            case Members(columns=columns, ordered=ordered):
                codes = np.stack([self.view.codes(self.table.where[p]) for p in columns])
                picked = (codes > 0) if ordered else np.maximum(codes, 0)
                return picked.sum(0).astype(np.float64), codes[0] >= 0
            case Scoped(body=inner) | Repeated(count=inner):
                return self.value(inner)
            case Conditional():
                return self._conditional(x)
            case Formula():
                return self._formula(x)
            case Fact(value=int(value)):
                return self._full(float(value))
            case Fact():
                raise untold(x)
            case Operation() | External():
                raise SpaceError("E305", "this is not a number", x.span)
            case Chain() | Fields() | Gathered():
                raise SpaceError("E305", "this is not a number")
            case _:
                assert_never(x)

    def guard(self, guard: int) -> Bools:
        """Return bool `[row]`: where the guard holds (everywhere for -1)."""
        if guard == -1:
            return np.ones(self.view.rows(), np.bool_)
        if guard not in self._guards:
            self._guards[guard] = self._hold(guard)
        return self._guards[guard]

    def bounds(self, column: int) -> tuple[F64, F64]:
        """Return the low and high values of a numeric column for each row; see `bounds`."""
        low = self._bound(self.table.low_x[column], float(self.table.low[column]))
        return low, self._bound(self.table.high_x[column], float(self.table.high[column]))

    def _bound(self, expression: Instance | None, hull: float) -> F64:
        if expression is None:
            return np.full(self.view.rows(), hull)
        values, known = self.value(expression)
        return np.where(known & np.isfinite(values), values, hull)

    def _hold(self, guard: int) -> Bools:
        match self.table.guards[guard]:
            case Test() as g:
                holds = self._is_one_of(g.column, g.codes)
                return holds if implied(self.table, g) else holds & self.guard(g.parent)
            case Member() as g:
                holds = any_of([self.view.codes(c) == g.code for c in g.columns])
                return holds if implied(self.table, g) else holds & self.guard(g.parent)
            case When() as g:
                values, known = self.value(g.condition)
                return np.asarray(known & ((values != 0) == g.polarity) & self.guard(g.parent), np.bool_)
            case AnyOf(guards=guards):
                return any_of([self.guard(one) for one in guards] or [np.zeros(self.view.rows(), np.bool_)])

    def _full(self, value: float) -> Values:
        n = self.view.rows()
        return np.full(n, value), np.ones(n, np.bool_)

    def _column(self, column: int) -> Values:
        codes, kind = self.view.codes(column), self.table.kind[column]
        active = codes >= 0
        if kind == FLOAT:
            return self.view.reals(column), active
        if kind == INT:
            return values_at(float(self.table.low[column]), float(self.table.step[column]), codes), active
        if kind == ONE:
            values = self.table.values[column] or ()
            return np.array([*map(_number, values), np.nan])[codes], active
        return codes.astype(np.float64), active

    def _is_one_of(self, column: int, wanted: frozenset[int]) -> Bools:
        codes = self.view.codes(column)
        if len(wanted) == 1:
            return np.asarray(codes == next(iter(wanted)), np.bool_)
        return np.asarray(np.isin(codes, list(wanted)), np.bool_)

    def _conditional(self, x: Conditional) -> Values:
        condition, known = self.value(x.condition)
        holds = condition != 0
        then, then_known = self.value(x.then)
        other, other_known = self.value(x.other) if x.other is not None else (then, np.zeros_like(known))
        known = known & np.where(holds, then_known, other_known) & self.guard(x.guard)
        return np.where(holds, then, other), known

    def _formula(self, x: Formula) -> Values:
        match x:
            case Formula(op="guarded", args=(inner, Constant(value=int(guard)))):
                values, known = self.value(inner)
                return values, known & self.guard(guard)
            case Formula(op="active", args=(inner,)):
                return self.value(inner)[1].astype(np.float64), np.ones(self.view.rows(), np.bool_)
            case Formula(op="is" | "is not" | "in" | "not in"):
                found, known = self._membership(x.args[0], x.args[1])
                return (found == (x.op in ("is", "in"))).astype(np.float64), known
            case Formula(op="rows", allowed=AllowedRows() as allowed):
                return allowed.look_up(np.stack([self.view.codes(self.table.where[p]) for p in allowed.paths], 1))
            case Formula(op="metric"):
                raise SpaceError("E305", "a metric is known only after the evaluation; it has no place here", x.span)
            case Formula(args=(Gathered(items=items),)):
                return combine_list(x.op, [self.value(i) for i in items], self.view.rows())
        return combine(x.op, [self.value(a) for a in x.args])

    def _membership(self, left: Instance, right: Instance) -> tuple[Bools, Bools]:
        """Tell where `left` is (in) `right`: an option against labels or values, or a label against a set of options."""
        if isinstance(right, Members) and isinstance(left, Constant):
            return self._picked(right, str(left.value))
        wanted = [i.value for i in (right.items if isinstance(right, Gathered) else (right,)) if isinstance(i, Constant)]
        if isinstance(left, Scoped):
            return self._membership(left.body, right)
        if isinstance(left, Decided) and left.labels:
            column = self.table.where[left.path]
            values = self.table.values[column] or ()
            codes = [
                k for k in range(len(left.labels)) if any(w == left.labels[k] or same_option(values[k], w) for w in wanted)
            ]
            return np.isin(self.view.codes(column), codes), self.view.codes(column) >= 0
        values_, known = self.value(left)
        numbers = [_number(w) for w in wanted]
        return any_of([compare("==", values_, n) for n in numbers] or [~known]), known

    def _picked(self, members: Members, label: str) -> tuple[Bools, Bools]:
        k = members.labels.index(label)
        columns = [self.table.where[p] for p in members.columns]
        known = self.view.codes(columns[0]) >= 0
        if not members.ordered:
            return np.asarray(self.view.codes(columns[k]) > 0), known
        return any_of([self.view.codes(c) == k + 1 for c in columns]), known


def _number(value: Scalar) -> float:
    return float(value) if isinstance(value, int | float) else np.nan
