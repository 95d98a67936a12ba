"""Acquisitions against integrals of their definitions."""

from __future__ import annotations

from typing import get_args

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from algorithms.bayesian.acquisition import NAMES, Name, log_improvement, log_kept, worth

MEAN, DEVIATION, BEST = np.array([0.3, -0.5, 1.0]), np.array([0.5, 0.1, 2.0]), 0.2


def test_expected_improvement_is_the_integral() -> None:
    wanted = [
        quad(lambda y, m=m, s=s: (BEST - y) * norm.pdf(y, m, s), m - 12 * s, BEST)[0]
        for m, s in zip(MEAN, DEVIATION, strict=True)
    ]
    assert worth("ei", MEAN, DEVIATION, BEST) == pytest.approx(wanted, rel=1e-6)
    assert worth("logei", MEAN, DEVIATION, BEST) == pytest.approx(np.log(wanted), abs=1e-6)


def test_probability_and_bound() -> None:
    assert worth("pi", MEAN, DEVIATION, BEST) == pytest.approx(norm.cdf(BEST, MEAN, DEVIATION))
    assert worth("ucb", MEAN, DEVIATION, BEST, kappa=3.0) == pytest.approx(3 * DEVIATION - MEAN)


@pytest.mark.parametrize("z", [3.0, 0.0, -0.99, -1.01, -8.0, -40.0, -900.0, -1100.0, -1e5])
def test_the_logarithm_holds_far_below_underflow(z: float) -> None:
    with mpmath.workdps(50):
        x = mpmath.mpf(z)
        gap = 1 - (-x) * mpmath.sqrt(mpmath.pi / 2) * mpmath.exp(x * x / 2) * mpmath.erfc(-x / mpmath.sqrt(2))
        wanted = float(-x * x / 2 - mpmath.log(2 * mpmath.pi) / 2 + mpmath.log(gap)) if z > -1000 else None
    if wanted is None:
        wanted = -0.5 * z * z - 0.5 * np.log(2 * np.pi) - 2 * np.log(-z)
    assert float(log_improvement(np.array(z))) == pytest.approx(wanted, rel=1e-6)


def test_kept_limits_multiply_and_are_the_normal_probability() -> None:
    logs = log_kept(MEAN, DEVIATION)
    assert np.exp(logs) == pytest.approx(norm.cdf(0, MEAN, DEVIATION))
    plain, held = (worth("ei", MEAN, DEVIATION, BEST, log_kept=x) for x in (0.0, logs))
    assert held == pytest.approx(plain * np.exp(logs))
    assert worth("logei", MEAN, DEVIATION, BEST, log_kept=logs) == pytest.approx(np.log(held))


def test_names() -> None:
    assert set(NAMES) == set(get_args(Name))
