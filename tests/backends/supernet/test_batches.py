"""Batches by number, and the part of the training data that an architecture learns on."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from backends.supernet.batches import Cursor, carve
from backends.torch.data import Split
from symbolic.search.randomness import TRAINING_ORDER, VALIDATION_ORDER


def split(count: int, targets: torch.Tensor | None = None) -> Split:
    labels = torch.arange(count) % 3 if targets is None else targets
    return Split(torch.arange(count).float()[:, None], labels, np.arange(100, 100 + count))


def positions(cursor: Cursor, number: int) -> list[int]:
    return cursor.at(number)[0].flatten().int().tolist()


def test_an_epoch_holds_every_example_once_and_the_next_has_another_order() -> None:
    cursor = Cursor(split(30), 10, 5, TRAINING_ORDER)
    first, second = ([i for b in range(3) for i in positions(cursor, 3 * epoch + b)] for epoch in (0, 1))
    assert sorted(first) == sorted(second) == list(range(30)) and first != second


def test_a_batch_is_a_function_of_seed_stream_and_number() -> None:
    cursor = Cursor(split(30), 10, 5, TRAINING_ORDER)
    taken = [cursor.take()[0] for _ in range(7)]
    assert cursor.position == 7
    assert torch.equal(Cursor(split(30), 10, 5, TRAINING_ORDER).at(6)[0], taken[6])
    assert positions(Cursor(split(30), 10, 6, TRAINING_ORDER), 0) != taken[0].flatten().int().tolist()
    assert positions(Cursor(split(30), 10, 5, VALIDATION_ORDER), 0) != taken[0].flatten().int().tolist()


def test_what_is_left_of_an_epoch_is_skipped_and_a_small_split_is_one_batch() -> None:
    assert Cursor(split(35), 10, 0, 7).per_epoch == 3
    small = Cursor(split(4), 10, 0, 7)
    assert small.per_epoch == 1 and sorted(positions(small, 3)) == [0, 1, 2, 3]


@pytest.mark.parametrize("targets", [None, torch.linspace(0, 1, 60), torch.zeros(60, 2, dtype=torch.long)])
def test_carved_parts_are_disjoint_and_complete(targets: torch.Tensor | None) -> None:
    whole = split(60, targets)
    weights, architecture = carve(whole, 0.25, seed=1)
    assert len(architecture) == 15 and sorted([*weights.index, *architecture.index]) == list(whole.index)
    for part in (weights, architecture):
        assert (part.inputs.flatten().int().numpy() + 100 == part.index).all()
    again = carve(whole, 0.25, seed=1)
    assert (again[0].index == weights.index).all()
    assert set(carve(whole, 0.25, seed=2)[1].index) != set(architecture.index)
