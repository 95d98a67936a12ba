"""Gaussian process regression: hyper-parameters by marginal likelihood, predictions for many candidates at once.

Rasmussen and Williams, "Gaussian processes for machine learning", 2006, chapters 2 and 5. The variance of the signal is
profiled out; weights and noise have broad log-normal priors, those of the weights such that distances do not grow with the
number of decisions (Hvarfner, Hellsten and Nardi, "Vanilla Bayesian optimization performs great in high dimensions", ICML
2024).
"""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular  # type: ignore[import-untyped]  # ships no stubs
from scipy.optimize import minimize  # type: ignore[import-untyped]  # ships no stubs

from algorithms.bayesian.kernels import ROOT5, Kernel, Places, squared

F64 = NDArray[np.float64]
TOTAL, SHARPER = 3.0, 10.0
"""The prior median of the sum of all weights, and how much larger that of a number is: losses bend within its range."""
SPREAD = 1.5
"""The standard deviation of the log of a weight."""
NOISE, NOISE_SPREAD = 1e-4, 2.0
LEAST_NOISE = 1e-5
STEPS = 40
BLOCK = 1024
"""How many candidates are predicted at once: their covariances fit the cache."""
ENTRIES = 4_000_000
"""How many distances, decision by decision, a fit keeps: it uses fewer observations of spaces with many decisions."""


@attrs.frozen(eq=False)
class Likelihood:
    """The negative log of the posterior of the hyper-parameters, as a function of log weights and log noise.

    `apart` `[part, row * row]`: squared distances by decision; `target` `[row]`.
    """

    places: Places
    apart: F64
    target: F64

    def __call__(self, logs: F64) -> tuple[float, F64]:
        """Return the value, per observation up to a constant, and its gradient."""
        n, weights, noise = len(self.target), np.exp(logs[:-1]), float(np.exp(logs[-1]))
        numeric = self.places.numeric
        r = ROOT5 * np.sqrt((weights * numeric) @ self.apart)
        falls = np.exp(-r - (weights * ~numeric) @ self.apart)
        value = ((1 + r + r * r / 3) * falls).reshape(n, n)
        lower = cholesky(value + noise * np.eye(n), lower=True, check_finite=False)
        solved = cho_solve((lower, True), self.target, check_finite=False)
        inverse = cho_solve((lower, True), np.eye(n), check_finite=False)
        signal = float(self.target @ solved) / n
        fit = 0.5 * n * np.log(signal) + np.log(np.diag(lower)).sum()
        pull = (0.5 * (np.outer(solved, solved) / signal - inverse)).ravel()
        by_distance = np.empty_like(logs)
        by_distance[:-1] = weights * np.where(
            numeric, self.apart @ (pull * (5 / 6) * (1 + r) * falls), self.apart @ (pull * value.ravel())
        )
        by_distance[-1] = -noise * pull.reshape(n, n).trace()
        middle, spread = _prior(self.places)
        away = (logs - middle) / spread
        return float(fit + 0.5 * (away**2).sum()) / n, (by_distance + away / spread) / n


def fit(places: Places, at: F64, target: F64) -> Kernel:
    """Return the kernel of largest posterior density for targets `[row]` at places `[row, coordinate]`."""
    apart = np.stack([squared(part, part).ravel() for part in (at[:, places.part == p] for p in range(places.parts))])
    middle, _ = _prior(places)
    bounds = [(np.log(1e-4), np.log(1e3))] * places.parts + [(np.log(LEAST_NOISE), np.log(10.0))]
    if not target.any():
        return Kernel(places, np.exp(middle[:-1]), NOISE)
    found = minimize(
        Likelihood(places, apart, target), middle, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": STEPS}
    )
    return Kernel(places, np.exp(found.x[:-1]), float(np.exp(found.x[-1])))


def _prior(places: Places) -> tuple[F64, F64]:
    """The middle and spread of the normal priors of log weights and log noise."""
    weights = np.where(places.numeric, SHARPER, 1.0) * TOTAL / max(places.parts, 1)
    return np.log([*weights, NOISE]), np.array([SPREAD] * places.parts + [NOISE_SPREAD])


@attrs.frozen(eq=False)
class Posterior:
    """What is known after observations: `at` their places, `inverse` that of the Cholesky factor, `solved` the weights."""

    kernel: Kernel
    at: F64
    target: F64
    inverse: F64
    solved: F64
    signal: float

    def predict(self, at: F64) -> tuple[F64, F64]:
        """Return mean and standard deviation `[row]` (without noise) at places, in the precision of the places."""
        mean, left = np.empty(len(at)), np.empty(len(at))
        known, inverse, solved = (x.astype(at.dtype) for x in (self.at, self.inverse.T, self.solved))
        for first in range(0, len(at), BLOCK):
            block = slice(first, first + BLOCK)
            across = self.kernel.between(at[block], known)
            reduced = across @ inverse
            mean[block], left[block] = across @ solved, 1 - np.einsum("ij,ij->i", reduced, reduced)
        return mean, np.sqrt(self.signal * np.maximum(left, 1e-12))

    @property
    def fitted(self) -> F64:
        """The mean at the observations themselves, `[row]`."""
        return np.asarray(self.target - self.kernel.noise * self.solved, np.float64)

    def believing(self, at: F64, lie: float | None) -> Posterior:
        """Return the posterior after `lie` was observed at places, or where None what is expected there; same signal."""
        heard = self.predict(at)[0] if lie is None else np.full(len(at), lie)
        grown = posterior(self.kernel, np.concatenate([self.at, at]), np.concatenate([self.target, heard]))
        return attrs.evolve(grown, signal=self.signal)


def posterior(kernel: Kernel, at: F64, target: F64) -> Posterior:
    """Return the posterior after targets `[row]`, of mean 0, at places `[row, coordinate]`."""
    covariance = kernel.between(at, at)
    covariance[np.diag_indices_from(covariance)] = 1 + kernel.noise
    lower = cholesky(covariance, lower=True, check_finite=False)
    inverse = solve_triangular(lower, np.eye(len(at)), lower=True, check_finite=False)
    solved = inverse.T @ (inverse @ target)
    return Posterior(kernel, at, target, inverse, solved, max(float(target @ solved) / len(at), 1e-12))
