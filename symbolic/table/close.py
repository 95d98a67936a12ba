"""Closing: after any change, inactive decisions lose their codes, newly active ones get some, moved bounds are obeyed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import attrs
import numpy as np

from symbolic.points import Population
from symbolic.table.bounds import code_bounds, value_bounds
from symbolic.table.formulas import Evaluation, Rows
from symbolic.table.plan import Step
from symbolic.table.priors import Reals, draw_sets
from symbolic.table.table import F64, I32, I64, Table


class Fill(Protocol):
    """What newly active decisions get. Bounds, where given, are per row: codes, or values of a float."""

    def codes(self, step: Step, rows: int, between: tuple[I64, I64] | None) -> I32:
        """Return codes `[row, column of the step]` of a discrete decision."""

    def values(self, step: Step, rows: int, between: tuple[F64, F64] | None) -> F64:
        """Return values `[row]` of a float."""


@attrs.frozen
class Draws:
    """Fills with draws from the priors."""

    rng: np.random.Generator

    def codes(self, step: Step, rows: int, between: tuple[I64, I64] | None) -> I32:
        if step.members is not None:
            return draw_sets(step.members, step.size, rows, self.rng)
        assert step.prior is not None and not isinstance(step.prior, Reals)
        if between is None:
            return step.prior.draw(rows, self.rng)[:, None]
        return step.prior.draw_between(*between, self.rng)[:, None]

    def values(self, step: Step, rows: int, between: tuple[F64, F64] | None) -> F64:
        assert isinstance(step.prior, Reals)
        return step.prior.draw(rows, self.rng) if between is None else step.prior.draw_between(*between, self.rng)


@attrs.frozen
class Defaults:
    """Fills with the defaults of the table."""

    table: Table

    def codes(self, step: Step, rows: int, between: tuple[I64, I64] | None) -> I32:
        codes = self.table.default[list(step.columns)].astype(np.int32)
        return np.tile(codes, (rows, 1))

    def values(self, step: Step, rows: int, between: tuple[F64, F64] | None) -> F64:
        return np.full(rows, self.table.default[step.columns[0]] + 0.0)


def close(table: Table, population: Population, rng: np.random.Generator) -> Population:
    """Return the rows with every decision active exactly where its guard holds.

    In evaluation order: newly inactive decisions become -1 and 0.0, newly active ones (code -1) a draw from their prior,
    codes outside of moved bounds the nearest inside; sets as a whole. Constraints are not looked at.
    """
    return settle(table, population, Draws(rng), table.plan.steps)


def settle(table: Table, population: Population, fill: Fill, steps: Iterable[Step]) -> Population:
    """Return a closed copy; decisions outside `steps` must already be active or inactive as they should."""
    result = Population(population.index.copy(), population.real.copy())
    evaluation = Evaluation(table, Rows(table, result))
    for step in steps:
        _settle_step(step, evaluation, result, fill)
    return result


def _settle_step(step: Step, evaluation: Evaluation, population: Population, fill: Fill) -> None:
    codes = population.index[:, step.columns[0]]
    if step.guard == -1:
        fresh = codes < 0
    else:
        active = evaluation.guard(step.guard)
        fresh = active & (codes < 0)
        for c in step.columns:
            population.index[~active, c] = -1
        if step.real >= 0:
            population.real[~active, step.real] = 0.0
    rows = np.flatnonzero(fresh)
    if step.real >= 0:
        _settle_float(step, evaluation, population, rows, fill)
    else:
        _settle_codes(step, evaluation, population, rows, fill)


def _settle_codes(step: Step, evaluation: Evaluation, population: Population, rows: I64, fill: Fill) -> None:
    first = step.columns[0]
    if not step.dependent:
        if len(rows):
            population.index[rows[:, None], list(step.columns)] = fill.codes(step, len(rows), None)
        return
    low, high = code_bounds(evaluation, first)
    if len(rows):
        population.index[rows, first] = fill.codes(step, len(rows), (low[rows], high[rows]))[:, 0]
    codes = population.index[:, first]
    inside = np.clip(codes, low, np.maximum(low, high)).clip(max=int(evaluation.table.card[first]) - 1)
    population.index[:, first] = np.where(codes < 0, -1, inside)


def _settle_float(step: Step, evaluation: Evaluation, population: Population, rows: I64, fill: Fill) -> None:
    first = step.columns[0]
    population.index[rows, first] = 0
    if not step.dependent:
        if len(rows):
            population.real[rows, step.real] = fill.values(step, len(rows), None)
        return
    low, high = value_bounds(evaluation, first)
    low = np.minimum(low, evaluation.table.high[first])
    if len(rows):
        population.real[rows, step.real] = fill.values(step, len(rows), (low[rows], high[rows]))
    inside = np.clip(population.real[:, step.real], low, np.maximum(low, high))
    population.real[:, step.real] = np.where(population.index[:, first] < 0, 0.0, inside + 0.0)
