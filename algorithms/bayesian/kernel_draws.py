"""Candidates drawn from a density: an observation is picked, each of its decisions moved by its kernel, the rest closed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri  # type: ignore[import-untyped]  # ships no stubs

from algorithms.bayesian.density import Axis, Density
from symbolic.points import Population
from symbolic.table import close, sample, satisfies
from symbolic.table.plan import Step
from symbolic.table.priors import real_scale
from symbolic.table.rows import stack
from symbolic.table.set_moves import mutate_set
from symbolic.table.table import FLOAT, ONE

F64 = NDArray[np.float64]


def kernel_draws(density: Density, n: int, rng: np.random.Generator) -> Population:
    """Return at most `n` valid rows drawn from a density; those that break a constraint are left out."""
    table = density.axes.table
    part = rng.integers(0, density.parts, n)
    picked = part[part < len(density.rows)]
    fresh = sample(table, n - len(picked), rng) if len(picked) < n else None
    moved = _moved(density, density.rows.take(picked), rng)
    rows = close(table, moved, rng)
    rows = rows.take(satisfies(table, rows))
    return rows if fresh is None else stack([rows, fresh])


def _moved(density: Density, rows: Population, rng: np.random.Generator) -> Population:
    """Return copies with each active decision moved by its kernel, not yet closed."""
    table = density.axes.table
    result = Population(rows.index.copy(), rows.real.copy())
    for step in table.plan.steps:
        active = np.flatnonzero(rows.index[:, step.columns[0]] >= 0)
        axis = density.axes.axes[step.columns[0]]
        if step.members is not None:
            _move_sets(step, result, active[rng.random(len(active)) > density.keep[axis.column]], rng)
        elif axis.numeric:
            _move_numbers(density, axis, result, active, rng)
        else:
            leave = active[rng.random(len(active)) > density.keep[axis.column]]
            chances = np.cumsum(np.exp(axis.log_prior))
            drawn = np.searchsorted(chances, rng.random(len(leave)) * chances[-1], "right")
            result.index[leave, axis.column] = np.minimum(drawn, len(chances) - 1)
    return result


def _move_sets(step: Step, rows: Population, leave: NDArray[np.int64], rng: np.random.Generator) -> None:
    columns = list(step.columns)
    for row in leave.tolist():
        rows.index[row, columns] = mutate_set(step, rows.index[row, columns].tolist(), rng)


def _move_numbers(density: Density, axis: Axis, rows: Population, active: NDArray[np.int64], rng: np.random.Generator) -> None:
    table, column, width = density.axes.table, axis.column, density.widths[axis.column]
    unit = _truncated(density.axes.units(column, rows)[active], width, rng)
    if table.kind[column] == ONE:
        rows.index[active, column] = np.rint(unit * (int(table.card[column]) - 1))
        return
    value = real_scale(table, column).value(unit)
    if table.kind[column] == FLOAT:
        rows.real[active, table.float_column[column]] = value
        return
    codes = np.rint((value - table.low[column]) / table.step[column])
    rows.index[active, column] = np.clip(codes, 0, int(table.card[column]) - 1)


def _truncated(centre: F64, width: float, rng: np.random.Generator) -> F64:
    """Draw from normals around `centre`, cut to [0, 1]."""
    low, high = ndtr(-centre / width), ndtr((1 - centre) / width)
    drawn = centre + width * ndtri(low + rng.random(len(centre)) * (high - low))
    return np.asarray(np.clip(drawn, 0.0, 1.0), np.float64)
