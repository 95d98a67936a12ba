"""Task `fashion_mnist`: 70,000 images of clothes (Xiao et al., 2017), 1x28x28, ten classes, from the official files."""

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


@attrs.frozen
class FashionMnist:
    """The task with its arguments: the folder above `FashionMNIST/raw`, the share of validation and the seed of the split.

    The official test images are the test split; validation is drawn from the training images.
    """

    root: str = attrs.field(default="data", validator=text)
    validation: float = attrs.field(default=0.1, validator=share)
    seed: int = attrs.field(default=0, validator=whole)

    @property
    def facts(self) -> TaskFacts:
        """What a space needs to know; loads nothing."""
        values = {"classes": 10, "channels": 1}
        return TaskFacts(
            "fashion_mnist", image(1, 28, 28), values, CLASSIFICATION, train(lr=3e-3, batch_size=128, epochs=5), features(10)
        )

    def load(self) -> Splits:
        """Load the images: inputs float32 `[image, 1, 28, 28]`, standardised by the training part; targets int64 `[image]`.

        Raises `BackendError` naming the folder and the files that are not there.
        """
        from torchvision.datasets import FashionMNIST  # type: ignore[import-untyped]  # ships no stubs

        from backends.torch.tasks.official import idx_splits

        return idx_splits(FashionMNIST, "FashionMNIST", Path(self.root), self.validation, self.seed)
