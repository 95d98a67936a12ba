"""Batches of a split by number: batch c is a function of (seed, epoch, c) alone, so a position is all that is saved."""

from __future__ import annotations

import attrs
import numpy as np
import torch
from torch import Tensor

from backends.torch.data import Split, stratified
from symbolic.search.randomness import SPLIT, rng


@attrs.define(eq=False)
class Cursor:
    """A position in an endless shuffled pass over a split; `stream` is that of the order (training or validation).

    Batches have `size` examples (all of them in a smaller split); what is left at the end of an epoch is skipped.
    """

    split: Split
    size: int
    seed: int
    stream: int
    position: int = 0
    _epoch: tuple[int, Tensor] | None = attrs.field(default=None, init=False)

    @property
    def per_epoch(self) -> int:
        """How many batches an epoch has, at least 1."""
        return max(1, len(self.split) // self.size)

    def at(self, position: int) -> tuple[Tensor, Tensor]:
        """Return inputs and targets of a batch by its number."""
        epoch, batch = divmod(position, self.per_epoch)
        if self._epoch is None or self._epoch[0] != epoch:
            order = rng(self.seed, epoch, self.stream).permutation(len(self.split))
            self._epoch = epoch, torch.from_numpy(order).to(self.split.inputs.device)
        chosen = self._epoch[1][batch * self.size : (batch + 1) * self.size]
        return self.split.inputs[chosen], self.split.targets[chosen]

    def take(self) -> tuple[Tensor, Tensor]:
        """Return the next batch and move on."""
        batch = self.at(self.position)
        self.position += 1
        return batch


def carve(split: Split, share: float, seed: int) -> tuple[Split, Split]:
    """Split training data into a part for the weights and a part for the architecture.

    `share` of the examples go to the architecture, stratified where the targets are classes. The parts are disjoint.
    """
    if split.targets.is_floating_point() or split.targets.dim() != 1:
        order, held = rng(seed, 0, SPLIT).permutation(len(split)), round(len(split) * share)
        return split.at(np.sort(order[held:])), split.at(np.sort(order[:held]))
    weights, architecture, _ = stratified(split.targets.cpu().numpy(), share, 0.0, seed)
    return split.at(weights), split.at(architecture)
