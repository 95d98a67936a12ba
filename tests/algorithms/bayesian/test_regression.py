"""Regression against dense formulas, scikit-learn and finite differences."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.stats import multivariate_normal

from algorithms.bayesian.kernels import Kernel, Places, squared
from algorithms.bayesian.regression import Likelihood, fit, posterior
from symbolic import parse
from symbolic.table import sample

TABLE = parse('a = "p" | "q" | "r"\nb = "p" | "q"\nu = 0.0..1.0\nv = 0.0..1.0').lower()
PLACES = Places(TABLE)


def data(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rows = sample(TABLE, n, np.random.default_rng(seed))
    target = np.sin(5 * rows.real[:, 0]) + (rows.index[:, 0] == 1)
    return PLACES.of(rows), (target - target.mean()) / target.std()


def likelihood(n: int) -> Likelihood:
    at, target = data(n)
    return Likelihood(PLACES, np.stack([squared(x, x).ravel() for x in (at[:, PLACES.part == p] for p in range(4))]), target)


def test_gradient() -> None:
    wrong = likelihood(25)
    for logs in (np.zeros(5), np.array([-1.0, 0.5, 1.0, -2.0, -3.0])):
        assert check_grad(lambda x: wrong(x)[0], lambda x: wrong(x)[1], logs) < 1e-5


def test_value_is_the_marginal_likelihood_at_the_best_signal() -> None:
    """Differences of the value are those of the normal density with the signal's variance at its maximum, and the priors."""
    n, values, densities = 20, [], []
    at, target = data(n)
    for logs in (np.array([0.1, 0.2, 0.3, 0.4, -2.0]), np.array([1.0, -1.0, 0.5, 0.2, -1.0])):
        covariance = Kernel(PLACES, np.exp(logs[:-1]), 0.0).between(at, at) + np.exp(logs[-1]) * np.eye(n)
        signals = np.exp(np.linspace(-5, 5, 20_001))
        quadratic = target @ np.linalg.solve(covariance, target)
        best = signals[np.argmin(n * np.log(signals) + quadratic / signals)]
        density = multivariate_normal(np.zeros(n), best * covariance).logpdf(target)
        middle = np.log([0.75, 0.75, 7.5, 7.5, 1e-4])
        prior = -0.5 * (((logs - middle) / [1.5, 1.5, 1.5, 1.5, 2.0]) ** 2).sum()
        values.append(n * likelihood(n)(logs)[0])
        densities.append(density + prior)
    assert values[0] - values[1] == pytest.approx(densities[1] - densities[0], abs=1e-5)


def test_posterior_is_that_of_the_textbook() -> None:
    kernel = Kernel(PLACES, np.array([1.0, 0.5, 2.0, 0.3]), 0.01)
    (at, target), (new, _) = data(30), data(7, 1)
    known, across = kernel.between(at, at) + 0.01 * np.eye(30), kernel.between(new, at)
    mean = across @ np.linalg.solve(known, target)
    signal = target @ np.linalg.solve(known, target) / 30
    variance = signal * (1 - (across * np.linalg.solve(known, across.T).T).sum(1))
    model = posterior(kernel, at, target)
    found = model.predict(new)
    assert found[0] == pytest.approx(mean, abs=1e-9)
    assert found[1] == pytest.approx(np.sqrt(variance), abs=1e-9)
    assert model.fitted == pytest.approx(model.predict(at)[0], abs=1e-6)
    quick = model.predict(new.astype(np.float32))
    assert quick[0] == pytest.approx(mean, abs=1e-3)
    assert quick[1] == pytest.approx(np.sqrt(variance), abs=1e-2)


def test_decisions_that_do_not_matter_get_small_weights() -> None:
    at, target = data(60)
    weights = fit(PLACES, at, target).weights
    assert min(weights[0], weights[2]) > 5 * max(weights[1], weights[3])
    assert posterior(fit(PLACES, at, target), at, target).predict(data(50, 5)[0])[0].std() > 0.5


def test_believing_keeps_the_mean_and_narrows_the_variance() -> None:
    at, target = data(20)
    model = posterior(Kernel(PLACES, np.ones(4), 1e-3), at, target)
    new, others = data(2, 9)[0][:1], data(40, 3)[0]
    believed = model.believing(new, None)
    assert believed.predict(others)[0] == pytest.approx(model.predict(others)[0], abs=1e-4)
    assert (believed.predict(others)[1] <= model.predict(others)[1] + 1e-9).all()
    before, noise = model.predict(new)[1][0] ** 2, 1e-3 * model.signal
    assert believed.predict(new)[1][0] ** 2 == pytest.approx(before * noise / (before + noise), rel=1e-3)
    lied = model.believing(new, 0.0).predict(new)[0][0]
    assert lied == pytest.approx(model.predict(new)[0][0] * noise / (before + noise), rel=1e-3)
