"""Task `digits`: scikit-learn's 1,797 images of handwritten digits, 1x8x8, ten classes (Alpaydin and Kaynak, 1998)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from backends.torch.tasks.arguments import share, whole
from backends.torch.tasks.defaults import CLASSIFICATION, train
from symbolic.shapes import features, image
from symbolic.task import TaskFacts

if TYPE_CHECKING:
    from backends.torch.data import Splits


@attrs.frozen
class Digits:
    """The task with its arguments: shares of the data for validation and test, and the seed of the split."""

    validation: float = attrs.field(default=0.2, validator=share)
    test: float = attrs.field(default=0.2, validator=share)
    seed: int = attrs.field(default=0, validator=whole)

    @property
    def facts(self) -> TaskFacts:
        """What a space needs to know; loads nothing."""
        return TaskFacts("digits", image(1, 8, 8), {"classes": 10, "channels": 1}, CLASSIFICATION, train(), features(10))

    def load(self) -> Splits:
        """Load the images: inputs float32 `[image, 1, 8, 8]`, standardised by the training part; targets int64 `[image]`."""
        import numpy as np
        import torch
        from sklearn.datasets import load_digits  # type: ignore[import-untyped]  # ships no stubs

        from backends.torch.data import Split, Splits, stratified
        from backends.torch.goals import Classification

        images, targets = load_digits(return_X_y=True)
        parts = stratified(targets, self.validation, self.test, self.seed)
        mean, spread = images[parts[0]].mean(), images[parts[0]].std()
        inputs = torch.from_numpy(((images - mean) / spread).astype(np.float32).reshape(-1, 1, 8, 8))
        labels = torch.from_numpy(targets.astype(np.int64))
        train, validation, test = (Split(inputs[torch.from_numpy(p)], labels[torch.from_numpy(p)], p) for p in parts)
        return Splits(train, validation, test, Classification(10))


def digits(validation: float = 0.2, test: float = 0.2, seed: int = 0) -> Digits:
    """Return the task `digits`; `validation` and `test` are shares of the 1,797 images, drawn by `seed`."""
    return Digits(validation, test, seed)
