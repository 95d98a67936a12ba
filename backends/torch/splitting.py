"""Which examples go where: positions of training, validation and test data. Imports no torch."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbolic.search.randomness import SPLIT, rng

Index = NDArray[np.int64]


def stratified(targets: NDArray[Any], validation: float, test: float, seed: int) -> tuple[Index, Index, Index]:
    """Split positions into train, validation and test, each class in the same shares.

    `targets`: class numbers, integers `[example]`; any others are drawn from as one class. Shares are rounded per class. The
    positions of each part are in rising order; equal arguments give equal parts on every machine.
    """
    if targets.ndim != 1 or targets.dtype.kind not in "iu":
        targets = np.zeros(len(targets), np.int64)
    generator = rng(seed, 0, SPLIT)
    parts: tuple[list[Index], list[Index], list[Index]] = ([], [], [])
    for label in np.unique(targets):
        members = generator.permutation(np.flatnonzero(targets == label))
        first, second = round(len(members) * validation), round(len(members) * test)
        parts[1].append(members[:first])
        parts[2].append(members[first : first + second])
        parts[0].append(members[first + second :])
    train, held, unseen = (np.sort(np.concatenate(part)) for part in parts)
    return train, held, unseen


def followed(lengths: Sequence[int]) -> list[Index]:
    """Return the positions of blocks that follow each other.

    >>> [p.tolist() for p in followed([2, 1])]
    [[0, 1], [2]]
    """
    ends = np.cumsum([0, *lengths])
    return [np.arange(a, b, dtype=np.int64) for a, b in itertools.pairwise(ends)]
