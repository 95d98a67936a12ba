"""Candidates as feature vectors for surrogate models, and back."""

from __future__ import annotations

import itertools
import math

import attrs
import numpy as np
from numpy.typing import NDArray

from symbolic.points import Population
from symbolic.table.close import Defaults, settle
from symbolic.table.plan import Step
from symbolic.table.priors import Reals, real_scale
from symbolic.table.table import BIT, F64, FLOAT, I32, ONE, ORDER, SetOf, Table


@attrs.frozen(eq=False)
class Feature:
    """Where a column's features are: `start`, how many codes are one-hot, and the places of its rank and activity flag."""

    column: int
    start: int
    hot: int
    rank: int
    flag: int

    @property
    def end(self) -> int:
        """The place after the last feature of the column."""
        return max(self.start + max(self.hot, 1), self.rank + 1, self.flag + 1)


def encode(table: Table, population: Population) -> F64:
    """Return features float64 `[row, feature]`, all in [0, 1]; an inactive decision is all zeros.

    A one-of and each place of a permutation are one-hot; a one-of with rising numbers also has its rank in [0, 1]; a member of
    a subset is 0 or 1, of a multiset the share of the most there can be; numbers are on the unit interval of their scale over
    the hull. Each decision that can be inactive ends with a flag, 1 where it is active.
    """
    layout = features(table)
    out = np.zeros((len(population), layout[-1].end if layout else 0))
    for feature in layout:
        codes = population.index[:, feature.column]
        rows = np.flatnonzero(codes >= 0)
        active = codes[rows]
        if feature.hot:
            out[rows, feature.start + active] = 1.0
        elif table.kind[feature.column] == BIT:
            out[rows, feature.start] = active / (int(table.card[feature.column]) - 1)
        else:
            out[rows, feature.start] = unit_values(table, feature.column, population.take(rows))
        if feature.rank >= 0:
            out[rows, feature.rank] = active / (feature.hot - 1)
        if feature.flag >= 0:
            out[rows, feature.flag] = 1.0
    return out


def decode(table: Table, encoded: F64) -> Population:
    """Return the rows nearest to features `[row, feature]`: `decode(encode(c)) == c`, floats to 1e-9.

    One-hots by their largest, numbers to the nearest value, subsets the features above 0.5 repaired to the allowed count by the
    largest, permutations greedily. Then closed; decisions active without features of their own take them as they are.
    Constraints are not looked at: see `satisfies`.
    """
    index = np.full((len(encoded), len(table)), -1, np.int32)
    real = np.zeros((len(encoded), table.n_floats))
    at = {f.column: f for f in features(table)}
    for step in table.plan.steps:
        if step.members is not None:
            index[:, list(step.columns)] = _decode_set(step, at, encoded)
            continue
        feature = at[step.columns[0]]
        if feature.hot:
            index[:, feature.column] = encoded[:, feature.start : feature.start + feature.hot].argmax(1)
            continue
        value = real_scale(table, feature.column).value(np.clip(encoded[:, feature.start], 0.0, 1.0))
        if step.real >= 0:
            index[:, feature.column], real[:, step.real] = 0, value
        else:
            codes = np.rint((value - table.low[feature.column]) / table.step[feature.column])
            index[:, feature.column] = np.clip(codes, 0, table.card[feature.column] - 1)
    return settle(table, Population(index, real), Defaults(table), table.plan.conditional)


def feature_names(table: Table) -> tuple[str, ...]:
    """Return what each feature of `encode` tells: `path=label`, `path`, `path rank`, `path active`."""
    names = list[str]()
    for feature in features(table):
        path = table.path[feature.column]
        labels = table.labels[feature.column]
        if table.kind[feature.column] == ORDER:
            names.extend(f"{path}={code}" for code in ("", *(labels or ())))
        elif feature.hot:
            names.extend(f"{path}={label}" for label in labels or ())
        else:
            names.append(path)
        if feature.rank >= 0:
            names.append(f"{path} rank")
        if feature.flag >= 0:
            names.append(f"{_decision_path(table, feature.column)} active")
    return tuple(names)


def features(table: Table) -> tuple[Feature, ...]:
    """Return where the features of each column are, in column order; a set's flag follows its last member."""
    last = {max(s.columns) for s in table.plan.steps}
    out, place = list[Feature](), 0
    for column in range(len(table)):
        hot = int(table.card[column]) if table.kind[column] in (ONE, ORDER) else 0
        rank = place + hot if ordinal(table, column) else -1
        flag = place + max(hot, 1) + (rank >= 0) if column in last and table.guard[column] != -1 else -1
        out.append(Feature(column, place, hot, rank, flag))
        place = out[-1].end
    return tuple(out)


def ordinal(table: Table, column: int) -> bool:
    """Return whether a column is a one-of whose options are numbers in rising order."""
    values = table.values[column] if table.kind[column] == ONE else None
    if values is None or len(values) < 2:
        return False
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return len(numbers) == len(values) and all(a < b for a, b in itertools.pairwise(numbers))


def unit_values(table: Table, column: int, population: Population) -> F64:
    """Return a number's place `[row]` on the unit interval of its scale over the hull."""
    scale: Reals = real_scale(table, column)
    if table.kind[column] == FLOAT:
        value = population.real[:, table.float_column[column]]
    else:
        value = table.low[column] + population.index[:, column] * table.step[column]
    return np.clip(scale.unit(np.clip(value, scale.low, scale.high)), 0.0, 1.0)


def _decode_set(step: Step, at: dict[int, Feature], encoded: F64) -> I32:
    assert step.members is not None
    if not step.members.ordered:
        weights = encoded[:, [at[c].start for c in step.columns]]
        return repair_sets(weights, step.members)
    taken = np.zeros((len(encoded), step.size + 1), np.bool_)
    ended = np.zeros(len(encoded), np.bool_)
    codes = np.zeros((len(encoded), len(step.columns)), np.int32)
    for place, column in enumerate(step.columns):
        start = at[column].start
        score = np.where(taken, -math.inf, encoded[:, start : start + step.size + 1])
        if place < step.members.low:
            score[:, 0] = -math.inf
        best = np.where(ended, 0, score.argmax(1))
        codes[:, place] = best
        ended |= best == 0
        taken[np.arange(len(encoded)), best] = best > 0
    return codes


def repair_sets(weights: NDArray[np.float64], members: SetOf) -> I32:
    """Return subsets or multisets `[row, member]` nearest to weights in [0, 1], repaired to the allowed number of picks."""
    if members.most == 1:
        return repair_subsets(weights, members.low, members.high)
    wanted = np.clip(weights, 0.0, 1.0) * members.most
    codes = np.rint(wanted).astype(np.int32)
    for row, ideal in zip(codes, wanted, strict=True):
        while row.sum() > members.high:
            row[np.where(row > 0, row - ideal, -math.inf).argmax()] -= 1
        while row.sum() < members.low:
            row[np.where(row < members.most, ideal - row, -math.inf).argmax()] += 1
    return codes


def repair_subsets(weights: NDArray[np.float64], low: int, high: int) -> I32:
    """Return subsets `[row, member]`: members of weight above 0.5, repaired to `low..high` of them by the largest."""
    wanted = np.clip((weights > 0.5).sum(1), low, high)
    place = np.empty(weights.shape, np.int64)
    np.put_along_axis(place, np.argsort(-weights, 1, kind="stable"), np.arange(weights.shape[1])[None], 1)
    return np.asarray(place < wanted[:, None], np.int32)


def _decision_path(table: Table, column: int) -> str:
    members = table.plan.step(column).members
    return table.path[column] if members is None else members.path
