"""Closing and drawing one row in plain Python: what `close` and `sample` do to many, without arrays."""

from __future__ import annotations

import numpy as np

from symbolic.points import Population
from symbolic.table.close import Draws
from symbolic.table.plan import Step
from symbolic.table.priors import Codes, Reals
from symbolic.table.single import Row
from symbolic.table.table import Table


def draw_one(table: Table, rng: np.random.Generator) -> Population | None:
    """Draw one closed row from the priors; None when it breaks a constraint or a bound leaves no value."""
    row = Row(table, [-1] * len(table), [0.0] * table.n_floats)
    if not all(close_step(row, step, rng) for step in table.plan.steps) or any(row.violates(r) for r in table.rules):
        return None
    return Population(np.array([row.codes], np.int32), np.array([row.reals], np.float64).reshape(1, table.n_floats))


def close_step(row: Row, step: Step, rng: np.random.Generator) -> bool:
    """Close one decision of a row: inactive -1 and 0.0, newly active a draw, else inside its bounds.

    Returns whether its bounds leave it a value; those before it in evaluation order must be closed.
    """
    if step.guard != -1 and not row.holds(step.guard):
        for c in step.columns:
            row.codes[c] = -1
        if step.real >= 0:
            row.reals[step.real] = 0.0
        return True
    fresh = row.codes[step.columns[0]] < 0
    if step.real >= 0:
        return _close_real(row, step, fresh, rng)
    if step.dependent:
        return _close_between(row, step, fresh, rng)
    if fresh:
        _draw_codes(row, step, rng)
    return True


def draw_real(row: Row, step: Step, rng: np.random.Generator) -> float:
    """Draw a float from its prior, inside the row's bounds; the lower one where they leave no value."""
    assert isinstance(step.prior, Reals)
    if not step.dependent:
        return float(step.prior.draw(1, rng)[0])
    low, high = row.value_bounds(step.columns[0])
    return float(step.prior.draw_between(np.array([low]), np.array([high]), rng)[0]) if low <= high else low


def _draw_codes(row: Row, step: Step, rng: np.random.Generator) -> None:
    prior = step.prior
    if not isinstance(prior, Codes):
        for c, code in zip(step.columns, Draws(rng).codes(step, 1, None)[0].tolist(), strict=True):
            row.codes[c] = code
    elif prior.cumulative is None:
        row.codes[step.columns[0]] = int(rng.random() * prior.card)
    else:
        found = int(prior.cumulative.searchsorted(rng.random(), "right")) - 1
        row.codes[step.columns[0]] = min(max(found, 0), prior.card - 1)


def _close_between(row: Row, step: Step, fresh: bool, rng: np.random.Generator) -> bool:
    first = step.columns[0]
    low, high = row.code_bounds(first)
    if low > high:
        row.codes[first] = min(low, int(row.table.card[first]) - 1)
        return False
    if fresh:
        row.codes[first] = int(Draws(rng).codes(step, 1, (np.array([low]), np.array([high])))[0, 0])
    row.codes[first] = min(max(row.codes[first], low), high)
    return True


def _close_real(row: Row, step: Step, fresh: bool, rng: np.random.Generator) -> bool:
    row.codes[step.columns[0]] = 0
    if fresh:
        row.reals[step.real] = draw_real(row, step, rng)
    if not step.dependent:
        return True
    low, high = row.value_bounds(step.columns[0])
    row.reals[step.real] = min(max(row.reals[step.real], low), max(low, high)) + 0.0
    return low <= high
