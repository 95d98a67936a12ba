"""Densities of TPE: the matrix product equals the kernels written out, and silence where a decision is inactive."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import truncnorm

from algorithms.bayesian.density import Axes, density
from algorithms.bayesian.kernel_draws import kernel_draws
from symbolic import parse
from symbolic.points import Point, Population
from symbolic.table import sample, satisfies
from symbolic.table.table import Table
from symbolic.testing import SPACES
from symbolic.testing.spaces import problem_of

TEXT = """
a = "p" | "q" @ 3 | "r"
b = 1 | 2 | 4 | 8
n = 1..9
u = 0.0..1.0
deep = "off" | { rate: 0.1..0.9, kind: "x" | "y" | "z" } as on
"""


def written_out(table: Table, rows: Population, row: Point, spread: float, weight: float) -> float:
    """The density at one candidate, kernel by kernel, with scipy's truncated normal and categories by hand."""
    n, d = len(rows), len(table)
    total = 0.0
    for part in range(n + 1):
        product = 1.0
        for c in range(d):
            if row.index[c] < 0:
                continue
            silent = part == n or rows.index[part, c] < 0
            product *= factor(table, rows, row, c, part, silent, spread, weight)
        total += product
    return total / (n + 1)


def factor(table: Table, rows: Population, row: Point, c: int, part: int, silent: bool, spread: float, weight: float) -> float:
    n, d = len(rows), len(table)
    path, card = table.path[c], int(table.card[c])
    if path in ("a", "deep/on/kind", "deep"):
        prior = {"a": [0.2, 0.6, 0.2], "deep/on/kind": [1 / 3] * 3, "deep": [0.5, 0.5]}[path]
        if silent:
            return prior[row.index[c]]
        seen = 1.0 if rows.index[part, c] == row.index[c] else 0.0
        return (seen * n + weight * card * prior[row.index[c]]) / (n + weight * card)
    if silent:
        return 1.0
    cells = {"b": 4, "n": 9}.get(path)
    width = max(spread * n ** (-1 / (d + 4)), 1 / min(100, 1 + n), 0.5 / (cells - 1) if cells else 0.0)

    def unit(point: Point) -> float:
        if cells:
            return point.index[c] / (cells - 1)
        value = point.real[table.float_column[c]]
        return (value - table.low[c]) / (table.high[c] - table.low[c])

    centre = unit(rows[part])
    return float(truncnorm.pdf(unit(row), -centre / width, (1 - centre) / width, centre, width))


def test_log_density_equals_the_kernels_written_out() -> None:
    table = parse(TEXT).lower()
    rng = np.random.default_rng(0)
    rows, candidates = sample(table, 7, rng), sample(table, 20, rng)
    axes = Axes(table)
    model = density(axes, rows, spread=0.3, prior_weight=1.5)
    found = model.log(axes.features(candidates))
    expected = [math.log(written_out(table, rows, candidates[i], 0.3, 1.5)) for i in range(20)]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("name", SPACES)
def test_draws_are_candidates(name: str) -> None:
    table = problem_of(name).table
    rng = np.random.default_rng(1)
    model = density(Axes(table), sample(table, 6, rng), spread=0.2, prior_weight=1.0)
    rows = kernel_draws(model, 200, rng)
    assert len(rows) and satisfies(table, rows).all()


def test_draws_follow_the_density() -> None:
    """A histogram of draws of one number and one category against the density, summed over a grid."""
    table = parse('u = 0.0..1.0\na = "p" | "q" | "r"').lower()
    rng = np.random.default_rng(2)
    axes = Axes(table)
    observed = sample(table, 3, rng)
    model = density(axes, observed, spread=0.2, prior_weight=1.0)
    draws = kernel_draws(model, 40_000, rng)
    u, a = draws.real[:, 0], draws.index[:, list(table.path).index("a")]
    for code in range(3):
        counts = np.histogram(u[a == code], 10, (0, 1))[0] / len(u)
        grid = (np.arange(1000) + 0.5) / 1000
        points = sample(table, 1000, rng)
        points.real[:, 0], points.index[:, list(table.path).index("a")] = grid, code
        mass = np.exp(model.log(axes.features(points))).reshape(10, 100).mean(1) / 10
        np.testing.assert_allclose(counts, mass, atol=0.006)
