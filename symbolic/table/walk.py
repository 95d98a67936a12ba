"""Drawing where valid candidates are too rare to be met by chance: a walk that starts at one and stays among them."""

from __future__ import annotations

import attrs
import numpy as np

from symbolic.points import Population
from symbolic.table.close import Defaults, Draws, Fill, settle
from symbolic.table.constrain import satisfies
from symbolic.table.plan import Step
from symbolic.table.rows import put, stack
from symbolic.table.table import F64, I32, I64, Table

_SWEEPS = 200
_MOST_STEPS = 4000


@attrs.frozen
class _Corner:
    """Fills with the lowest or highest code or value; sets with their defaults."""

    table: Table
    high: bool

    def codes(self, step: Step, rows: int, between: tuple[I64, I64] | None) -> I32:
        if step.members is not None:
            return Defaults(self.table).codes(step, rows, between)
        if between is not None:
            return between[self.high][:, None].astype(np.int32)
        code = int(self.table.card[step.columns[0]]) - 1 if self.high else 0
        return np.full((rows, 1), code, np.int32)

    def values(self, step: Step, rows: int, between: tuple[F64, F64] | None) -> F64:
        if between is not None:
            return between[self.high]
        ends = self.table.high if self.high else self.table.low
        return np.full(rows, float(ends[step.columns[0]]))


def starts(table: Table) -> Population:
    """Return the valid ones among the candidate of defaults, that of all low ends, and that of all high ends."""
    fills: tuple[Fill, ...] = (Defaults(table), _Corner(table, False), _Corner(table, True))
    rows = stack([settle(table, _nothing(table, 1), fill, table.plan.steps) for fill in fills])
    return rows.take(np.flatnonzero(satisfies(table, rows)))


def walk(table: Table, n: int, rng: np.random.Generator, start: Population) -> Population:
    """Return `n` valid rows, each at the end of its own walk from one of `start` `[at least one row]`.

    A step draws one decision afresh from its prior, closes, and is undone where that is no candidate: in the long run rows come
    as the priors have them, given validity. Walks are cut at 4,000 steps: where valid candidates lie far apart, rows stay near
    the start.
    """
    rows = start.take(rng.integers(0, len(start), n))
    steps = table.plan.steps
    for _ in range(min(_SWEEPS * len(steps), _MOST_STEPS)):
        columns = list(steps[int(rng.integers(len(steps)))].columns)
        index = rows.index.copy()
        index[:, columns] = -1
        moved = settle(table, Population(index, rows.real.copy()), Draws(rng), steps)
        valid = np.flatnonzero(satisfies(table, moved))
        put(rows, valid, moved.take(valid))
    return rows


def _nothing(table: Table, n: int) -> Population:
    return Population(np.full((n, len(table)), -1, np.int32), np.zeros((n, table.n_floats)))
