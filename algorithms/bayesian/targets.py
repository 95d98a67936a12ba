"""What a Gaussian process is fitted to: losses as one well-behaved number, broken limits, and which results of many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


def scalarised(losses: F64, weights: F64) -> F64:
    """Return one loss `[row]` for finite losses `[row, objective]`: the augmented Chebyshev distance from the best of each."""
    if losses.shape[1] == 1:
        return losses[:, 0]
    low, high = losses.min(0), losses.max(0)
    away = (losses - low) / np.where(high > low, high - low, 1.0) * weights
    return np.asarray(away.max(1) + 0.05 * away.sum(1), np.float64)


def standardised(losses: F64) -> F64:
    """Return what a model is fitted to for losses `[row]`: their logarithm above the lowest, mean 0 and deviation 1.

    The unit is how far the median is from the lowest, a tenth of which is added: the few worst losses, however large, take
    little of the range, the best ones most of it. Zeros where all are equal.
    """
    low = float(losses.min())
    reach = float(np.median(losses)) - low or float(losses.mean()) - low
    if not reach > 1e-12 * float(np.abs(losses).max()):
        return np.zeros(len(losses))
    logs = np.log((losses - low) / reach + 0.1)
    return np.asarray((logs - logs.mean()) / logs.std(), np.float64)


def kept(violations: F64) -> F64:
    """Return -1 where limits are kept, `[row]`, else 0.5 to 1.5 by how far they are broken (failed: 1.5)."""
    share = np.ones(len(violations))
    finite = np.isfinite(violations)
    broken = violations[finite & (violations > 0)]
    if len(broken):
        share[finite] = violations[finite] / (violations[finite] + float(np.median(broken)))
    return np.where(violations > 0, 0.5 + share, -1.0)


def thinned(target: F64, most: int) -> I64:
    """Return positions of at most `most` targets, rising: the lowest half of that many, and others evenly over time."""
    if len(target) <= most:
        return np.arange(len(target))
    order = np.argsort(target, kind="stable")
    rest = np.sort(order[most // 2 :])
    others = rest[np.linspace(0, len(rest) - 1, most - most // 2).astype(np.int64)]
    return np.sort(np.concatenate([order[: most // 2], others]))
