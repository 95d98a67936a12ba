"""Task `fake_images`: images made up on the spot, a noisy texture for each class; for trying things out without data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from backends.torch.tasks.arguments import positive, share, whole
from backends.torch.tasks.defaults import CLASSIFICATION, train
from symbolic.shapes import features, image
from symbolic.task import TaskFacts

if TYPE_CHECKING:
    from backends.torch.data import Splits

SIGNAL, PATCH = 0.5, 4
"""How strong a class's texture is beside noise of deviation 1, and the side of the patch that it repeats: local structure, as
convolutions with a mean over all places behind them can learn it."""


@attrs.frozen
class FakeImages:
    """The task with its arguments: `count` images of `channels` x `size` x `size`; `seed` makes them and splits them."""

    classes: int = attrs.field(default=10, validator=positive)
    channels: int = attrs.field(default=3, validator=positive)
    size: int = attrs.field(default=32, validator=positive)
    count: int = attrs.field(default=1000, validator=positive)
    seed: int = attrs.field(default=0, validator=whole)
    validation: float = attrs.field(default=0.2, validator=share)
    test: float = attrs.field(default=0.2, validator=share)

    @property
    def facts(self) -> TaskFacts:
        """What a space needs to know; makes nothing."""
        shape = image(self.channels, self.size, self.size)
        values = {"classes": self.classes, "channels": self.channels}
        return TaskFacts("fake_images", shape, values, CLASSIFICATION, train(), features(self.classes))

    def load(self) -> Splits:
        """Make the images: inputs float32 `[image, channels, size, size]`; targets int64 `[image]`, classes equally often."""
        import numpy as np
        import torch

        from backends.torch.goals import Classification
        from backends.torch.splitting import stratified
        from backends.torch.tasks.parts import divided
        from symbolic.search.randomness import rng

        generator = rng(self.seed, 0)
        targets = np.arange(self.count) % self.classes
        shape = (self.channels, self.size, self.size)
        patches = generator.standard_normal((self.classes, self.channels, PATCH, PATCH), np.float32)
        repeats = -(-self.size // PATCH)
        textures = np.tile(patches, (1, 1, repeats, repeats))[:, :, : self.size, : self.size]
        images = generator.standard_normal((self.count, *shape), np.float32) + SIGNAL * textures[targets]
        parts = stratified(targets, self.validation, self.test, self.seed)
        return divided(torch.from_numpy(images), torch.from_numpy(targets), parts, Classification(self.classes))
