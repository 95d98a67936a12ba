"""Task `cifar10`: 60,000 small photographs, 3x32x32, ten classes (Krizhevsky, 2009), from the official files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from backends.torch.tasks.arguments import share, text, whole
from backends.torch.tasks.defaults import CLASSIFICATION, train
from symbolic.shapes import features, image
from symbolic.task import TaskFacts

if TYPE_CHECKING:
    from backends.torch.data import Splits

FILES = (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta")


@attrs.frozen
class Cifar10:
    """The task with its arguments: the folder above `cifar-10-batches-py`, the share of validation and the seed of the split.

    The official test images are the test split; validation is drawn from the training images.
    """

    root: str = attrs.field(default="data", validator=text)
    validation: float = attrs.field(default=0.1, validator=share)
    seed: int = attrs.field(default=0, validator=whole)

    @property
    def facts(self) -> TaskFacts:
        """What a space needs to know; loads nothing."""
        values = {"classes": 10, "channels": 3}
        return TaskFacts(
            "cifar10", image(3, 32, 32), values, CLASSIFICATION, train(lr=3e-3, batch_size=128, epochs=20), features(10)
        )

    def load(self) -> Splits:
        """Load the images: inputs float32 `[image, 3, 32, 32]`, standardised by the training part; targets int64 `[image]`.

        Raises `BackendError` naming the folder and the files that are not there, or that are not the official ones.
        """
        from torchvision.datasets import CIFAR10  # type: ignore[import-untyped]  # ships no stubs

        from backends.torch.tasks.official import cifar_splits

        return cifar_splits(CIFAR10, "CIFAR10", Path(self.root), "cifar-10-batches-py", FILES, 10, self.validation, self.seed)
