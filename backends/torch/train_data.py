"""The data as one trial sees them: on its device, at its image size, a share of the training part."""

from __future__ import annotations

import attrs
import torch

from backends.errors import TrainError
from backends.torch.data import Index, Split, Splits, resized, share_of
from backends.torch.goals import placed
from backends.torch.record import Recipe


@attrs.frozen(eq=False)
class View:
    """What a trial trains and is measured on; `share`: positions of its training data among all `count`, None for all."""

    splits: Splits
    share: Index | None
    count: int


@attrs.define(eq=False)
class Views:
    """Makes views of a task's data. Keeps the last, since trials that follow each other mostly see the same."""

    data: Splits
    _key: tuple[torch.device, int | None, float] | None = None
    _view: View | None = None

    def of(self, recipe: Recipe, device: torch.device) -> View:
        """Return the view that a recipe asks for. Raises `TrainError` where images are to be resized and there are none."""
        key = (device, recipe.size, recipe.data)
        if self._view is None or key != self._key:
            self._key, self._view = key, None
            self._view = self._made(recipe, device)
        return self._view

    def _made(self, recipe: Recipe, device: torch.device) -> View:
        share = share_of(self.data.train.targets, recipe.data) if recipe.data < 1 else None
        train = self.data.train if share is None else self.data.train.at(share)
        parts = (train, self.data.validation, self.data.test)
        learned, held, unseen = (_at_size(split, recipe.size).to(device) for split in parts)
        return View(Splits(learned, held, unseen, placed(self.data.goal, device)), share, len(self.data.train))


def _at_size(split: Split, size: int | None) -> Split:
    if size is None:
        return split
    if split.inputs.dim() != 4:
        raise TrainError(f"train.size is for images; the task's inputs are {list(split.inputs.shape[1:])}")
    return attrs.evolve(split, inputs=resized(split.inputs, size))
