"""A table's decisions as Optuna's parameters: one distribution a column, and the values of a candidate under them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from symbolic.points import Point
from symbolic.table.convert import value_of
from symbolic.table.table import BIT, FLOAT, ONE, ORDER, SetOf, Table

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Value = bool | int | float | str | None


@attrs.frozen(eq=False)
class Parameters:
    """The distributions of a table by path, made once.

    A one-of is categorical over its values (over its labels where Optuna could not tell two values apart: 1 and true), an
    integer or float a range, with `log` where Optuna allows it (not on a grid). Each option of a subset is a parameter of
    its own, `false` or `true`; each position of a permutation too, over the labels.
    """

    table: Table
    distributions: tuple[BaseDistribution, ...]

    def of(self, point: Point) -> dict[str, Value]:
        """Return path -> value of the active columns; of positions of a permutation that are empty none."""
        table = self.table
        found: dict[str, Value] = {}
        for column, code in enumerate(point.index.tolist()):
            empty = table.kind[column] == ORDER and code == 0
            if code >= 0 and not empty:
                found[table.path[column]] = self._value(point, column, code)
        return found

    def _value(self, point: Point, column: int, code: int) -> Value:
        labels = self.table.labels[column] or ()
        match int(self.table.kind[column]):
            case kind if kind == ONE:
                return labels[code] if _confused(self.table, column) else value_of(self.table, point, column)
            case kind if kind == BIT:
                return code if _members(self.table, column).most > 1 else bool(code)
            case kind if kind == ORDER:
                return labels[code - 1]
        return value_of(self.table, point, column)


def parameters_of(table: Table) -> Parameters:
    """Return the parameters of a table. Imports Optuna."""
    return Parameters(table, tuple(_distribution(table, column) for column in range(len(table))))


def _distribution(table: Table, column: int) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    labels = table.labels[column] or ()
    kind, log = int(table.kind[column]), bool(table.log[column])
    low, high, step = float(table.low[column]), float(table.high[column]), float(table.step[column])
    if kind == ONE:
        values = table.values[column] or ()
        return CategoricalDistribution(labels if _confused(table, column) else values)
    if kind == BIT:
        most = _members(table, column).most
        return IntDistribution(0, most) if most > 1 else CategoricalDistribution((False, True))
    if kind == ORDER:
        return CategoricalDistribution(labels)
    if kind == FLOAT:
        return FloatDistribution(low, high, log=log)
    top = low + step * (int(table.card[column]) - 1)
    if table.integer[column]:
        return IntDistribution(int(low), int(top), log=log and step == 1, step=int(step))
    return FloatDistribution(low, top, step=step)


def _confused(table: Table, column: int) -> bool:
    """Whether two values of a one-of are equal to Python (1, 1.0 and true), and so the same choice to Optuna."""
    values = table.values[column] or ()
    return len(set(values)) < len(values)


def _members(table: Table, column: int) -> SetOf:
    return next(s for s in table.sets if column in s.columns)
