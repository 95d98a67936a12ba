"""Which examples go where: positions of training, validation and test data. Imports no torch."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbolic.search.randomness import SPLIT, rng

Index = NDArray[np.int64]


def stratified(targets: Index, validation: float, test: float, seed: int) -> tuple[Index, Index, Index]:
    """Split positions into train, validation and test, each class in the same shares.

    `targets` int `[example]`. Shares are rounded per class. The positions of each part are in rising order; equal
    arguments give equal parts on every machine.
    """
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


def positions(targets: NDArray[Any], classes: bool, validation: float, test: float, seed: int) -> tuple[Index, Index, Index]:
    """Draw the positions of train, validation and test: stratified for class numbers, plainly random for other targets."""
    groups = targets.astype(np.int64) if classes else np.zeros(len(targets), np.int64)
    return stratified(groups, validation, test, seed)


def followed(lengths: Sequence[int]) -> list[Index]:
    """Return the positions of blocks that follow each other.

    >>> [p.tolist() for p in followed([2, 1])]
    [[0, 1], [2]]
    """
    ends = np.cumsum([0, *lengths])
    return [np.arange(a, b, dtype=np.int64) for a, b in itertools.pairwise(ends)]
