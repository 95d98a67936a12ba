"""One training, epoch by epoch: everything random in an epoch derives from the seed and the epoch's number."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
import torch
from torch import Tensor, nn

from backends.errors import TrainError
from backends.isolation import Isolation
from backends.torch.augment_images import augmented, draws
from backends.torch.averaging import Average
from backends.torch.course import Course
from backends.torch.data import Index, Split, batches
from backends.torch.device import mixed_precision
from backends.torch.goals import Goal
from backends.torch.optimizers import learning_rate, set_learning_rate
from backends.torch.record import Recipe
from symbolic.search.randomness import TRAINING_ORDER, rng

NOISE, WEIGHTS = 10, 11
"""Streams of a trial's seed beside the order of batches: dropout and the like of an epoch, and initial weights."""
MEASURED_AT_ONCE = 512


def stream_seed(seed: int, number: int, stream: int) -> int:
    """Return the seed of a global generator for one stream of a trial, in [0, 2**62)."""
    return int(rng(seed, number, stream).integers(2**62))


@attrs.frozen(eq=False)
class Training:
    """A network with its optimizer, ready for any epoch.

    Epochs are counted over the whole life of the weights: the schedule begins at epoch `begun`, where this training took them
    over, and lasts `horizon` epochs. `data_seed` makes the order of batches and augmentation, `seed` what else is random.
    `amp`: compute in bfloat16 where that is safe. `share`: positions of the data in all training data, for augmentation;
    None: they are all of `count`. `average`: a moving average of the weights, which is what is measured. `course`: what
    changes in the recipe on the way.
    """

    network: nn.Module
    optimizer: torch.optim.Optimizer
    recipe: Recipe
    goal: Goal
    horizon: float
    seed: int
    data_seed: int
    isolation: Isolation
    begun: int = 0
    amp: bool = False
    share: Index | None = None
    count: int = 0
    average: Average | None = None
    course: Course | None = None

    @property
    def measured(self) -> nn.Module:
        """The network that counts: with averaged weights where they are averaged."""
        return self.network if self.average is None else self.average.network

    def epoch(self, number: int, data: Split) -> float:
        """Train on all of the data once; `number` counts from 0. Return the mean loss; NaN or inf: it has diverged."""
        order = rng(self.data_seed, number, TRAINING_ORDER)
        steps = -(-len(data) // self.recipe.batch_size)
        changed = self._augmentation(number, data)
        self.network.train()
        total = torch.zeros((), device=data.inputs.device)
        with self.isolation.seeded(stream_seed(self.seed, number, NOISE)):
            for i, positions in enumerate(batches(len(data), self.recipe.batch_size, order)):
                recipe = self._recipe(number - self.begun + (i + 0.5) / steps)
                placed = positions.to(data.inputs.device)
                total += self.step(changed(data.inputs[placed], positions), data.targets[placed], recipe)
        return float(total) / steps

    def _recipe(self, moment: float) -> Recipe:
        """Return the recipe at a moment in epochs, after the optimizer was given what it says."""
        if self.course is None:
            set_learning_rate(self.optimizer, learning_rate(self.recipe, moment, self.horizon))
            return self.recipe
        recipe, arguments = self.course.at(moment / self.horizon)
        for group in self.optimizer.param_groups:
            group.update(arguments)
        lr = recipe.lr if self.course.leads_lr else learning_rate(recipe, moment, self.horizon)
        set_learning_rate(self.optimizer, lr)
        return recipe

    def step(self, inputs: Tensor, targets: Tensor, recipe: Recipe) -> Tensor:
        """Take one step on a batch; return the loss before it."""
        self.optimizer.zero_grad()
        with mixed_precision(inputs.device, self.amp):
            loss = self.goal.loss(self.network(inputs), targets, recipe.label_smoothing)
        loss.backward()  # type: ignore[no-untyped-call]
        if recipe.clip is not None:
            nn.utils.clip_grad_norm_(self.network.parameters(), recipe.clip)
        self.optimizer.step()
        if self.average is not None:
            self.average.update(self.network)
        return loss.detach()

    def measure(self, data: Split) -> dict[str, float]:
        """Return the task's metrics on a split, in eval mode."""
        network = self.measured.eval()
        with torch.no_grad(), mixed_precision(data.inputs.device, self.amp):
            outputs = torch.cat([network(part) for part in torch.split(data.inputs, MEASURED_AT_ONCE)])
        exact = outputs.float() if self.amp and outputs.is_floating_point() else outputs
        with torch.no_grad():
            return dict(self.goal.metrics(exact, data.targets))

    def _augmentation(self, number: int, data: Split) -> Callable[[Tensor, Tensor], Tensor]:
        """Return what changes the images at some positions of `data` in this epoch."""
        augment = self.recipe.augment
        if augment is None:
            return lambda inputs, positions: inputs
        if data.inputs.dim() != 4:
            raise TrainError(f"train.augment is for images; the task's inputs are {list(data.inputs.shape[1:])}")
        drawn = draws(augment, self.count or len(data), (data.inputs.shape[2], data.inputs.shape[3]), self.data_seed, number)
        share = np.arange(len(data)) if self.share is None else self.share
        return lambda inputs, positions: augmented(augment, inputs, drawn, share[positions.numpy()])
