"""Places and kernels: distances by kind of decision, positive definite on every space, inactive parts as stated."""

from __future__ import annotations

import numpy as np
import pytest

from algorithms.bayesian.kernels import Kernel, Places, matern, squared
from symbolic import parse
from symbolic.points import Population
from symbolic.table import from_dict, sample
from symbolic.table.table import Table
from symbolic.testing.spaces import SPACES, problem_of

SETS = 's = subset 1..3 of { "p", "q", "r", "t" }\no = permutation of { "a", "b", "c" }\nm = 2..3 of { "x", "y" }'


def kernel_of(table: Table) -> Kernel:
    places = Places(table)
    return Kernel(places, np.linspace(0.5, 2.0, places.parts), 1e-3)


def rows_of(table: Table, *values: dict[str, object]) -> Population:
    return Population.of([from_dict(table, v) for v in values])


@pytest.mark.parametrize("text", [*SPACES.values(), SETS], ids=[*SPACES, "sets"])
def test_positive_definite(text: str) -> None:
    table = parse(text).lower()
    kernel = kernel_of(table)
    at = kernel.places.of(sample(table, 60, np.random.default_rng(0)))
    covariance = kernel.between(at, at)
    assert np.linalg.eigvalsh(covariance).min() > -1e-9
    assert np.diag(covariance) == pytest.approx(1, abs=1e-6)
    assert covariance.min() > 0


@pytest.mark.parametrize("name", ["conditional", "repeated", "shared"])
def test_inactive_decisions_are_equal_and_a_constant_apart_from_active_ones(name: str) -> None:
    table = problem_of(name).table
    places, rows = Places(table), sample(table, 200, np.random.default_rng(1))
    at = places.of(rows)
    for part, step in enumerate(table.plan.steps):
        active = rows.index[:, step.columns[0]] >= 0
        if active.all():
            continue
        apart = squared(at[:, places.part == part], at[:, places.part == part])
        assert not apart[np.ix_(~active, ~active)].any()
        assert np.ptp(apart[np.ix_(active, ~active)]) < 1e-12
        assert apart[np.ix_(active, ~active)].min() > 0.2


def test_distances_by_kind() -> None:
    table = parse('a = "p" | "q" | "r"\nu = 0.0..1.0\nn = 1 | 2 | 4\ns = subset 0..4 of { "p", "q", "r", "t" }').lower()
    first = {"a": "p", "u": 0.0, "n": 1, "s": ["p"]}
    others = [{**first, "a": "r"}, {**first, "u": 1.0}, {**first, "u": 0.5}, {**first, "n": 2}, {**first, "s": ["q", "r", "p"]}]
    places = Places(table)
    apart = squared(places.of(rows_of(table, first)), places.of(rows_of(table, *others)))[0]
    half = (2 * np.sin(np.pi / 12)) ** 2
    assert apart == pytest.approx([1.0, 1.0, half, half, 0.5], abs=1e-12)


def test_the_kernel_is_a_product_of_hamming_and_matern() -> None:
    table = parse('a = "p" | "q"\nb = "p" | "q"\nu = 0.0..1.0').lower()
    kernel = Kernel(Places(table), np.array([0.7, 1.3, 4.0]), 0.0)
    rows = rows_of(table, {"a": "p", "b": "p", "u": 0.0}, {"a": "q", "b": "p", "u": 0.0}, {"a": "q", "b": "q", "u": 1.0})
    at = kernel.places.of(rows)
    r = np.sqrt(5 * 4.0)
    wanted = [1.0, np.exp(-0.7), np.exp(-2.0) * (1 + r + r * r / 3) * np.exp(-r)]
    assert kernel.between(at[:1], at)[0] == pytest.approx(wanted)


def test_matern_is_that_of_scikit_learn() -> None:
    gaussian_process = pytest.importorskip("sklearn.gaussian_process.kernels")
    x = np.random.default_rng(0).random((20, 3))
    assert matern(squared(x, x)) == pytest.approx(gaussian_process.Matern(nu=2.5)(x), abs=1e-6)
