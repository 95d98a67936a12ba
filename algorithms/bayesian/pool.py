"""The candidates that an acquisition is maximised over: a small space whole, else draws and what is near the best."""

from __future__ import annotations

import numpy as np

from algorithms.bayesian.density import Axes, density
from algorithms.bayesian.kernel_draws import kernel_draws
from symbolic.errors import SpaceError
from symbolic.points import Population
from symbolic.table import mutate, neighbours, sample, size
from symbolic.table.rank import unrank_rows
from symbolic.table.rows import stack
from symbolic.table.table import Table

NEAR = 0.02
"""How far a number moves near a good candidate: the standard deviation on its unit scale."""
PARENTS = 16


def whole(table: Table, most: int) -> Population | None:
    """Return every candidate in the order of its rank, or None where there are more than `most`, or floats."""
    count = size(table)
    if not count.exact or count.continuous or count.value > most:
        return None
    return unrank_rows(table.diagram, np.array(range(count.value), object))


def drawn(axes: Axes, best: Population, n: int, rng: np.random.Generator) -> Population:
    """Return at least `n` valid candidates: half from the priors, the rest around the `best` rows, best first.

    Around: the neighbours of the first, mutants of all by one step and by two, and small moves of numbers where there are some.
    """
    table, parts = axes.table, [sample(axes.table, n - n // 2, rng)]
    try:
        parts.append(neighbours(table, best[0]))
        parts[-1] = parts[-1].take(rng.permutation(len(parts[-1]))[: n // 4])
    except SpaceError:
        pass  # too many to list: mutants stand for them
    parts.append(around(axes, best.take(np.arange(min(len(best), PARENTS))), n // 4, rng))
    left = max(n - sum(len(p) for p in parts), n // 16)
    once = mutate(table, best.take(rng.integers(0, len(best), left)), rng)
    twice = rng.random(left) < 0.5
    return stack([*parts, once.take(~twice), mutate(table, once.take(twice), rng)])


def around(axes: Axes, rows: Population, n: int, rng: np.random.Generator) -> Population:
    """Return about `n` valid candidates near rows: mutants of one step, and where there are numbers small moves of them."""
    mutants = mutate(axes.table, rows.take(rng.integers(0, len(rows), n)), rng)
    if not any(axis.numeric for axis in axes.axes):
        return mutants
    close = density(axes, rows, spread=NEAR, prior_weight=0.1)
    return stack([mutants.take(np.arange(n // 2)), kernel_draws(close, n - n // 2, rng)])
