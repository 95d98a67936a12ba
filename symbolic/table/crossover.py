"""Crossover: one row with a part of another, closed."""

from __future__ import annotations

import numpy as np

from symbolic.points import Population
from symbolic.table.close import Draws, settle
from symbolic.table.constrain import constrained, satisfies
from symbolic.table.plan import Step
from symbolic.table.rows import put
from symbolic.table.table import I32, I64, Bools, Table
from symbolic.table.vary import TRIES


def crossover(table: Table, a: Population, b: Population, rng: np.random.Generator, across: bool = False) -> Population:
    """Return a child of each pair of rows: `a` with the subtree of one decision taken from `b`, then closed.

    The decision is drawn uniformly among those active in both rows; with `across` it may be filled from another decision of `b`
    with the same symbol (same name, same subtree). A child that is invalid is tried again up to 20 times; then it is `a`.
    """
    if not len(table):
        return Population(a.index.copy(), a.real.copy())
    result = _cross_once(table, a, b, rng, across)
    if not constrained(table):
        return result
    bad = ~satisfies(table, result)
    for _ in range(TRIES):
        rows = np.flatnonzero(bad)
        if not len(rows):
            return result
        again = _cross_once(table, a.take(rows), b.take(rows), rng, across)
        put(result, rows, again)
        bad[rows] = ~satisfies(table, again)
    rows = np.flatnonzero(bad)
    put(result, rows, a.take(rows))
    return result


def _cross_once(table: Table, a: Population, b: Population, rng: np.random.Generator, across: bool) -> Population:
    firsts, ends = decisions(table)
    there = b.index[:, firsts] >= 0
    shared = (a.index[:, firsts] >= 0) & (_with_symbol(table, firsts, there) if across else there)
    target = _draw(shared, rng)
    source = target
    if across:
        source = _draw(there & (table.symbol[firsts] == table.symbol[firsts[target]][:, None]), rng)
    return settle(
        table,
        _splice(table, a, b, firsts[target], ends[target], firsts[source], target >= 0),
        Draws(rng),
        table.plan.conditional,
    )


def decisions(table: Table) -> tuple[I64, I64]:
    """Return the first column `[decision]` of each decision and the end of its subtree, in column order."""
    steps: list[Step] = sorted(table.plan.steps, key=lambda s: min(s.columns))
    firsts = np.array([min(s.columns) for s in steps], np.int64)
    return firsts, np.array([max(int(table.end[c]) for c in s.columns) for s in steps], np.int64)


def _with_symbol(table: Table, firsts: I64, there: Bools) -> Bools:
    """Return `[row, decision]`, where some decision with the same symbol is there."""
    _, symbol = np.unique(table.symbol[firsts], return_inverse=True)
    order = np.argsort(symbol, kind="stable")
    starts = np.searchsorted(symbol[order], np.arange(symbol.max() + 1))
    return np.asarray(np.logical_or.reduceat(there[:, order], starts, axis=1)[:, symbol], np.bool_)


def _draw(allowed: Bools, rng: np.random.Generator) -> I64:
    """Draw for each row one allowed decision; -1 where there is none."""
    count = allowed.cumsum(1, dtype=np.int32)
    wanted = (rng.random(len(allowed)) * count[:, -1]).astype(np.int32)
    return np.where(count[:, -1] > 0, (count > wanted[:, None]).argmax(1), -1)


def _splice(table: Table, a: Population, b: Population, start: I64, end: I64, source: I64, some: Bools) -> Population:
    """Return `a` with its columns `start..end` taken from those of `b` that begin at `source`."""
    columns = np.arange(len(table))
    taken = (columns >= start[:, None]) & (columns < end[:, None]) & some[:, None]
    shift = (source - start)[:, None]
    if not shift.any():
        return Population(np.where(taken, b.index, a.index), _reals(table, taken, a, b, columns[None]))
    origin = np.clip(columns + shift, 0, len(table) - 1)
    index: I32 = np.where(taken, np.take_along_axis(b.index, origin, 1), a.index)
    return Population(index, _reals(table, taken, a, b, origin))


def _reals(
    table: Table, taken: Bools, a: Population, b: Population, origin: I64
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    floats = np.flatnonzero(table.float_column >= 0)
    if not len(floats):
        return a.real.copy()
    position = np.broadcast_to(table.float_column[origin], taken.shape)[:, floats]
    moved = np.take_along_axis(b.real, np.maximum(position, 0), 1)
    return np.where(taken[:, floats], moved, a.real)
