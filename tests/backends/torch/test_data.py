"""Splits refuse shared examples; batches are one pass in a random order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from backends.torch.data import Split, Splits, batches, stratified
from backends.torch.goals import Classification, Custom, Measured, placed


def split(*positions: int) -> Split:
    return Split(torch.zeros(len(positions), 1), torch.zeros(len(positions)), np.array(positions))


def test_splits_that_share_an_example_are_refused() -> None:
    Splits(split(0, 1), split(2), split(3), Classification(2))
    with pytest.raises(AssertionError, match="share"):
        Splits(split(0, 1), split(2), split(1), Classification(2))
    with pytest.raises(AssertionError, match="twice"):
        Splits(split(0, 0), split(2), split(1), Classification(2))


def test_stratified_parts_are_a_partition() -> None:
    targets = np.random.default_rng(0).integers(0, 3, 100)
    parts = stratified(targets, 0.25, 0.1, 3)
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(100))
    assert all(np.array_equal(part, np.sort(part)) for part in parts)


@pytest.mark.parametrize("targets", [np.random.default_rng(0).random(100), np.arange(200).reshape(100, 2)])
def test_targets_that_are_no_classes_are_drawn_from_as_one(targets: np.ndarray) -> None:
    parts = stratified(targets, 0.25, 0.1, 3)
    assert [len(p) for p in parts] == [65, 25, 10]
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(100))


@pytest.mark.parametrize(
    ("count", "size", "sizes"), [(10, 4, [4, 4, 2]), (9, 4, [4, 4]), (1, 4, [1]), (8, 4, [4, 4]), (3, 64, [3])]
)
def test_batches_are_one_pass_without_a_lone_last_example(count: int, size: int, sizes: list[int]) -> None:
    got = list(batches(count, size, np.random.default_rng(0)))
    assert [len(b) for b in got] == sizes
    seen = torch.cat(got).tolist()
    assert len(set(seen)) == len(seen) and set(seen) <= set(range(count))


def test_the_order_is_the_generators() -> None:
    one, two, other = (torch.cat(list(batches(50, 8, np.random.default_rng(s)))) for s in (1, 1, 2))
    assert torch.equal(one, two) and not torch.equal(one, other)


def test_losses_with_tensors_follow_the_data_to_their_device() -> None:
    weighted, meta = nn.CrossEntropyLoss(weight=torch.ones(2)), torch.device("meta")
    for goal in (Classification(2, weighted), Custom(weighted), Measured(Classification(2, weighted), {})):
        moved: Any = placed(goal, meta)
        moved = getattr(moved, "goal", moved)
        loss = moved.own if isinstance(moved, Classification) else moved.function
        assert loss.weight.device == meta and weighted.weight.device.type == "cpu"
    assert placed(Classification(2), meta) == Classification(2)
