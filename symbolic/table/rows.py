"""Rows as such: a hash of each, and which are equal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symbolic.points import Population
from symbolic.table.table import Bools

U64 = NDArray[np.uint64]
_GOLDEN = 0x9E3779B97F4A7C15


def hash_rows(population: Population) -> U64:
    """Return uint64 `[row]`, equal for equal rows and the same on every machine.

    Unlike rows collide with a probability of about 2**-64: confirm by equality where it matters.
    """
    columns, floats = population.index.shape[1], population.real.shape[1]
    factors = _mix(np.arange(1, columns + floats + 1, dtype=np.uint64) * np.uint64(_GOLDEN)) | np.uint64(1)
    total = (population.index.astype(np.int64).view(np.uint64) + np.uint64(1)) @ factors[:columns]
    if floats:
        bits = np.ascontiguousarray(population.real + 0.0).view(np.uint64)
        total = total + _mix(bits) @ factors[columns:]
    return _mix(total)


def same_rows(a: Population, b: Population) -> Bools:
    """Return bool `[row]`: where two populations of equal length hold the same point."""
    return np.asarray((a.index == b.index).all(1) & (a.real == b.real).all(1), np.bool_)


def stack(parts: list[Population]) -> Population:
    """Return the rows of several populations (at least one), one after the other."""
    return Population(np.concatenate([p.index for p in parts]), np.concatenate([p.real for p in parts]))


def put(target: Population, rows: NDArray[np.integer], source: Population) -> None:
    """Write rows into a population, in place."""
    target.index[rows], target.real[rows] = source.index, source.real


def _mix(x: U64) -> U64:
    """Scramble each number (the finaliser of SplitMix64)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
