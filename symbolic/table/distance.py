"""How unlike two candidates are."""

from __future__ import annotations

import numpy as np

from symbolic.points import Population
from symbolic.table.encode import ordinal, unit_values
from symbolic.table.plan import Step
from symbolic.table.table import F64, ONE, Table


def distance(table: Table, a: Population, b: Population) -> F64:
    """Return the distance `[row]` of each pair of rows, in [0, 1], 0 exactly for equal candidates; no metric.

    The mean over the decisions active in one of the two: options 0 or 1 (rising numbers: the difference of their ranks),
    numbers the difference on their unit scale, subsets the share of unlike members of their union, permutations the share of
    unlike places, a decision active in one only 1. One row on a side is compared with each row of the other.
    """
    rows = max(len(a), len(b)) if len(a) and len(b) else 0
    a, b = _stretch(a, rows), _stretch(b, rows)
    total, count = np.zeros(rows), np.zeros(rows)
    for step in table.plan.steps:
        here, there = a.index[:, step.columns[0]] >= 0, b.index[:, step.columns[0]] >= 0
        apart = np.where(here & there, _apart(table, step, a, b), 1.0)
        total += np.where(here | there, apart, 0.0)
        count += here | there
    return np.where(count > 0, total / np.maximum(count, 1), 0.0)


def _stretch(population: Population, rows: int) -> Population:
    if len(population) == rows:
        return population
    return population.take(np.zeros(rows, np.int64))


def _apart(table: Table, step: Step, a: Population, b: Population) -> F64:
    columns, first = list(step.columns), step.columns[0]
    left, right = a.index[:, columns], b.index[:, columns]
    if step.members is not None and step.members.ordered:
        places = np.maximum(((left > 0) | (right > 0)).sum(1), 1)
        return np.asarray((left != right).sum(1) / places, np.float64)
    if step.members is not None:
        union = np.maximum(np.maximum(left, right).sum(1), 1)
        return np.asarray(np.abs(left - right).sum(1) / union, np.float64)
    if table.kind[first] == ONE:
        if ordinal(table, first):
            return np.asarray(np.abs(left - right)[:, 0] / (int(table.card[first]) - 1), np.float64)
        return np.asarray((left != right)[:, 0], np.float64)
    gap = np.abs(unit_values(table, first, a) - unit_values(table, first, b))
    same = (left == right)[:, 0] if step.real < 0 else a.real[:, step.real] == b.real[:, step.real]
    return np.where(same, 0.0, np.maximum(gap, np.finfo(np.float64).tiny))
