"""Mutation of many rows at once: one decision of each takes another value, then the row is closed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from symbolic.points import Population
from symbolic.table.bounds import code_bounds, value_bounds
from symbolic.table.close import Draws, settle
from symbolic.table.constrain import constrained, satisfies
from symbolic.table.formulas import Evaluation, Rows
from symbolic.table.plan import Step
from symbolic.table.priors import Reals
from symbolic.table.rows import put, same_rows
from symbolic.table.sample import sample
from symbolic.table.set_moves import mutate_set, mutate_subsets
from symbolic.table.table import I32, I64, Bools, Table

TRIES = 20
"""How often a row that came out invalid or unchanged is tried again before it is drawn afresh."""


def mutate(table: Table, population: Population, rng: np.random.Generator) -> Population:
    """Return a valid mutant of each row.

    One active decision with more than one value, drawn uniformly, takes another value: a one-of or integer uniformly among the
    others, a float a fresh draw, a set one move (see `set_moves`); then the row is closed. A row that is invalid or unchanged
    is tried again up to 20 times, then drawn afresh; it stays itself only where it seems to be the only candidate. Raises E501
    as `sample`.
    """
    result = _mutate_once(table, population, rng)
    bad = _bad(table, population, result)
    for _ in range(TRIES):
        rows = np.flatnonzero(bad)
        if not len(rows):
            return result
        parents = population.take(rows)
        again = _mutate_once(table, parents, rng)
        put(result, rows, again)
        bad[rows] = _bad(table, parents, again)
    rows = np.flatnonzero(bad)
    if len(rows):
        put(result, rows, afresh(table, population.take(rows), rng))
    return result


def afresh(table: Table, population: Population, rng: np.random.Generator) -> Population:
    """Return a fresh draw for each row, up to 20 times another one where it is the row itself."""
    result = sample(table, len(population), rng)
    for _ in range(TRIES):
        rows = np.flatnonzero(same_rows(result, population))
        if not len(rows):
            break
        put(result, rows, sample(table, len(rows), rng))
    return result


def _bad(table: Table, parents: Population, children: Population) -> Bools:
    unchanged = same_rows(parents, children)
    return unchanged | ~satisfies(table, children) if constrained(table) else unchanged


def _mutate_once(table: Table, population: Population, rng: np.random.Generator) -> Population:
    column = draw_active(table, population.index, rng)
    result = Population(population.index.copy(), population.real.copy())
    rows = np.flatnonzero((column >= 0) & table.plan.plain[column])
    at, old = column[rows], population.index[rows, column[rows]].astype(np.int64)
    card = table.card[at]
    result.index[rows, at] = (old + 1 + (rng.random(len(rows)) * (card - 1)).astype(np.int64)) % card
    for step, group in _special_groups(table, column):
        _mutate_special(table, step, group, population, result, rng)
    return settle(table, result, Draws(rng), table.plan.conditional)


def draw_active(table: Table, index: I32, rng: np.random.Generator) -> I64:
    """Draw for each row one active decision with more than one value, as its first column; -1 where there is none."""
    choices = np.flatnonzero(table.plan.movable)
    if not len(choices):
        return np.full(len(index), -1)
    if (table.guard[choices] == -1).all():
        return choices[rng.integers(0, len(choices), len(index))]
    active = (index[:, choices] >= 0).cumsum(1, dtype=np.int32)
    wanted = (rng.random(len(index)) * active[:, -1]).astype(np.int32)
    return np.where(active[:, -1] > 0, choices[(active > wanted[:, None]).argmax(1)], -1)


def _special_groups(table: Table, column: I64) -> Iterator[tuple[Step, I64]]:
    """Yield the sets, floats and ranges with own bounds among the drawn columns, each with its rows."""
    special = np.flatnonzero((column >= 0) & ~table.plan.plain[column])
    if not len(special):
        return
    ordered = special[np.argsort(column[special], kind="stable")]
    cuts = np.flatnonzero(np.diff(column[ordered])) + 1
    for rows in np.split(ordered, cuts):
        yield table.plan.step(int(column[rows[0]])), rows


def _mutate_special(
    table: Table, step: Step, rows: I64, parents: Population, result: Population, rng: np.random.Generator
) -> None:
    first, columns = step.columns[0], list(step.columns)
    if step.members is not None:
        codes = parents.index[rows[:, None], columns]
        if step.members.ordered:
            moved = np.array([mutate_set(step, row, rng) for row in codes.tolist()], np.int32)
        else:
            moved = mutate_subsets(step, codes, rng)
        result.index[rows[:, None], columns] = moved
        return
    evaluation = Evaluation(table, Rows(table, parents.take(rows)))
    if isinstance(step.prior, Reals):
        if step.dependent:
            result.real[rows, step.real] = step.prior.draw_between(*value_bounds(evaluation, first), rng)
        else:
            result.real[rows, step.real] = step.prior.draw(len(rows), rng)
        return
    low, high = code_bounds(evaluation, first)
    span = np.maximum(high - low + 1, 1)
    old = parents.index[rows, first] - low
    result.index[rows, first] = low + (old + 1 + (rng.random(len(rows)) * (span - 1)).astype(np.int64)) % span
