"""How much a candidate is worth trying, given what a model predicts for it: larger is better, losses are minimised.

Expected improvement: Jones, Schonlau and Welch 1998; its logarithm where it underflows: Ament et al., "Unexpected improvements
to expected improvement", NeurIPS 2023, https://arxiv.org/abs/2310.20708; measured limits by the probability that they are kept:
Gardner et al., ICML 2014.
"""

from __future__ import annotations

from typing import Literal, assert_never

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, log_ndtr, ndtr  # type: ignore[import-untyped]  # ships no stubs

F64 = NDArray[np.float64]
Name = Literal["ei", "logei", "pi", "ucb"]
NAMES: tuple[Name, ...] = ("ei", "logei", "pi", "ucb")
_LOG_ROOT = 0.5 * np.log(2 * np.pi)


def worth(name: Name, mean: F64, deviation: F64, best: float, *, kappa: float = 2.0, log_kept: F64 | float = 0.0) -> F64:
    """Return the worth `[row]` of candidates with normal predictions.

    `best`: the loss to improve on; `kappa`: how many deviations of optimism `ucb` has; `log_kept`: the log probability that
    limits are kept. It multiplies an improvement or a probability and is added to `logei`, and to `ucb`, whose losses are
    standardised.
    """
    deviation = np.maximum(deviation, 1e-12)
    z = (best - mean) / deviation
    match name:
        case "ei":
            return np.asarray(deviation * (z * ndtr(z) + np.exp(-0.5 * z * z - _LOG_ROOT)) * np.exp(log_kept), np.float64)
        case "logei":
            return np.asarray(np.log(deviation) + log_improvement(z) + log_kept, np.float64)
        case "pi":
            return np.asarray(ndtr(z) * np.exp(log_kept), np.float64)
        case "ucb":
            return np.asarray(kappa * deviation - mean + log_kept, np.float64)
        case _:
            assert_never(name)


def log_improvement(z: F64) -> F64:
    """Return `log(z * cdf(z) + pdf(z))` without underflow.

    >>> [round(float(x), 4) for x in log_improvement(np.array([0.0, -50.0]))]
    [-0.9189, -1258.7442]
    """
    z = np.asarray(z, np.float64)
    near = np.maximum(z, -1.0)
    direct = np.log(near * ndtr(near) + np.exp(-0.5 * near * near - _LOG_ROOT))
    far = np.minimum(z, -1.0)
    ratio = -far * np.sqrt(np.pi / 2) * erfcx(-far / np.sqrt(2))
    # 1 - ratio loses its digits where it is about z ** -2: there it is taken from the asymptotic series.
    gap = np.where(far < -1e3, far**-2.0, np.maximum(1 - ratio, 1e-300))
    return np.asarray(np.where(z > -1, direct, -0.5 * far * far - _LOG_ROOT + np.log(gap)), np.float64)


def log_kept(mean: F64, deviation: F64) -> F64:
    """Return the log probability `[row]` that a normal quantity is below 0."""
    return np.asarray(log_ndtr(-mean / np.maximum(deviation, 1e-12)), np.float64)
