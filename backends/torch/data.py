"""Data in memory: three disjoint splits of tensors, stratified by class, and the order of batches."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from backends.torch.goals import Goal, placed
from backends.torch.splitting import Index, stratified
from symbolic.search.randomness import rng

__all__ = ["Index", "Split", "Splits", "batches", "resized", "share_of", "stratified"]
SUBSET = 13
"""Stream of the order in which a growing share of the training data takes up examples."""
RESIZED_AT_ONCE = 4096


@attrs.frozen(eq=False)
class Split:
    """Examples with their targets; `index` int64 `[example]` are their positions in the whole data set."""

    inputs: Tensor
    targets: Tensor
    index: Index

    def __len__(self) -> int:
        return len(self.inputs)

    def to(self, device: torch.device) -> Split:
        """Return the split with its tensors on a device."""
        return Split(self.inputs.to(device), self.targets.to(device), self.index)

    def at(self, positions: Index) -> Split:
        """Return the split of the examples at these positions, counted within this one."""
        chosen = torch.from_numpy(positions).to(self.inputs.device)
        return Split(self.inputs[chosen], self.targets[chosen], self.index[positions])


@attrs.frozen(eq=False)
class Splits:
    """Train, validation and test data of a task, and what is learned on them. No two splits share an example."""

    train: Split
    validation: Split
    test: Split
    goal: Goal

    def __attrs_post_init__(self) -> None:
        seen: set[int] = set()
        for split in (self.train, self.validation, self.test):
            positions = set(split.index.tolist())
            assert len(positions) == len(split), "an example stands twice in one split"
            assert not seen & positions, "two splits share examples"
            seen |= positions

    def to(self, device: torch.device) -> Splits:
        """Return the splits with their tensors on a device."""
        train, validation, test = (part.to(device) for part in (self.train, self.validation, self.test))
        return attrs.evolve(self, train=train, validation=validation, test=test, goal=placed(self.goal, device))

    def merged(self) -> Splits:
        """Return the splits with the validation data among the training data: what a winner is trained on at the end."""
        both = (self.train, self.validation)
        train = Split(
            torch.cat([s.inputs for s in both]), torch.cat([s.targets for s in both]), np.concatenate([s.index for s in both])
        )
        return attrs.evolve(self, train=train, validation=self.validation.at(np.arange(0)))


def share_of(targets: Tensor, share: float) -> Index:
    """Return the positions of a share of the examples, at least two, in rising order; a smaller share lies within a larger.

    `targets` `[example, ...]`; class numbers are kept in the same shares. The same positions in every trial and study, so that
    trials at one share are measured on equal terms.
    """
    count = len(targets)
    if share >= 1:
        return np.arange(count, dtype=np.int64)
    classes = targets.cpu().numpy() if targets.dim() == 1 and not targets.is_floating_point() else np.zeros(count, np.int64)
    generator = rng(0, count, SUBSET)
    place = np.empty(count)
    for label in np.unique(classes):
        members = generator.permutation(np.flatnonzero(classes == label))
        place[members] = (np.arange(len(members)) + generator.random()) / len(members)
    order = np.argsort(place, kind="stable")
    return np.sort(order[: max(2, round(share * count))])


def resized(images: Tensor, size: int) -> Tensor:
    """Return images `[image, channel, height, width]` of `size` x `size` pixels, smoothed where they shrink."""
    if images.shape[2:] == (size, size):
        return images
    parts = torch.split(images, RESIZED_AT_ONCE)
    return torch.cat([functional.interpolate(p, (size, size), mode="bilinear", antialias=True) for p in parts])


def batches(count: int, size: int, generator: np.random.Generator) -> Iterator[Tensor]:
    """Yield the positions of each batch of one pass over `count` examples, int64 `[example]`, in a random order.

    The last batch may be smaller; one of a single example is left out (batch norm cannot use it) unless it is the only one.
    """
    order = torch.from_numpy(generator.permutation(count))
    for start in range(0, count, size):
        if start == 0 or count - start > 1:
            yield order[start : start + size]
