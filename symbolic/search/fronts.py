"""Non-domination and crowding: how results with several objectives are ranked (Deb et al., NSGA-II, 2002)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


def non_dominated(losses: F64) -> I64:
    """Return the positions of the rows of `losses` `[row, objective]` (minimised) that no other row dominates, rising.

    Equal rows do not dominate each other. Rows with NaN are never returned.

    >>> non_dominated(np.array([[1.0, 2.0], [2.0, 1.0], [2.0, 2.0], [1.0, 2.0]])).tolist()
    [0, 1, 3]
    """
    order = np.lexsort(losses.T[::-1])
    front: list[int] = []
    kept = np.empty((0, losses.shape[1]))
    for row in order:
        x = losses[row]
        if np.isnan(x).any() or ((kept <= x).all(axis=1) & (kept < x).any(axis=1)).any():
            continue
        front.append(int(row))
        kept = losses[front]
    return np.array(sorted(front), np.int64)


def ranks(losses: F64) -> I64:
    """Return the non-domination rank `[row]` from 0 of `losses` `[row, objective]`."""
    rank = np.zeros(len(losses), np.int64)
    if losses.shape[1] == 1:
        return np.unique(losses[:, 0], return_inverse=True)[1].reshape(-1).astype(np.int64)
    left, current = np.arange(len(losses)), 0
    while len(left):
        front = left[non_dominated(losses[left])]
        if not len(front):
            rank[left] = current
            break
        rank[front] = current
        left, current = np.setdiff1d(left, front), current + 1
    return rank


def crowding(losses: F64, rank: I64) -> F64:
    """Return the crowding distance `[row]` of each row inside its rank, infinite at the ends; 0 for one objective."""
    distance = np.zeros(len(losses))
    if losses.shape[1] == 1:
        return distance
    for current in np.unique(rank):
        rows = np.flatnonzero(rank == current)
        for column in losses[rows].T:
            order = np.argsort(column, kind="stable")
            low, high = column[order[0]], column[order[-1]]
            distance[rows[order[[0, -1]]]] = np.inf
            if np.isfinite(low) and np.isfinite(high) and high > low:
                distance[rows[order[1:-1]]] += (column[order[2:]] - column[order[:-2]]) / (high - low)
    return distance
