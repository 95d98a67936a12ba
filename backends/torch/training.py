"""One training, epoch by epoch: everything random in an epoch derives from the seed and the epoch's number."""

from __future__ import annotations

import attrs
import torch
from torch import nn

from backends.isolation import Isolation
from backends.torch.data import Split, batches
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
    """A network with its optimizer, ready for any epoch. The schedule ends at `horizon`, in epochs."""

    network: nn.Module
    optimizer: torch.optim.Optimizer
    recipe: Recipe
    goal: Goal
    horizon: float
    seed: int
    isolation: Isolation

    def epoch(self, number: int, data: Split) -> float:
        """Train on all of the data once; `number` counts from 0. Return the mean loss; NaN or inf: it has diverged."""
        order = rng(self.seed, number, TRAINING_ORDER)
        steps = -(-len(data) // self.recipe.batch_size)
        self.network.train()
        total = torch.zeros((), device=data.inputs.device)
        with self.isolation.seeded(stream_seed(self.seed, number, NOISE)):
            for i, positions in enumerate(batches(len(data), self.recipe.batch_size, order)):
                set_learning_rate(self.optimizer, learning_rate(self.recipe, number + (i + 0.5) / steps, self.horizon))
                total += self.step(data, positions.to(data.inputs.device))
        return float(total) / steps

    def step(self, data: Split, positions: torch.Tensor) -> torch.Tensor:
        """Take one step on the examples at these positions; return the loss before it."""
        self.optimizer.zero_grad()
        outputs = self.network(data.inputs[positions])
        loss = self.goal.loss(outputs, data.targets[positions], self.recipe.label_smoothing)
        loss.backward()  # type: ignore[no-untyped-call]
        if self.recipe.clip is not None:
            nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip)
        self.optimizer.step()
        return loss.detach()

    def measure(self, data: Split) -> dict[str, float]:
        """Return the task's metrics on a split, in eval mode."""
        self.network.eval()
        with torch.no_grad():
            outputs = torch.cat([self.network(part) for part in torch.split(data.inputs, MEASURED_AT_ONCE)])
        return dict(self.goal.metrics(outputs, data.targets))
