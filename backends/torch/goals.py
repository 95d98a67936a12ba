"""What a network is trained for: a loss to minimise and the metrics a task reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import attrs
import torch
from torch import Tensor
from torch.nn import functional

from backends.errors import ShapeError


class Goal(Protocol):
    """A loss and metrics on the outputs `[example, ...]` of a network and the targets."""

    def loss(self, outputs: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
        """Return the mean loss of a batch, a scalar that gradients flow through."""

    def metrics(self, outputs: Tensor, targets: Tensor) -> Mapping[str, float]:
        """Return the metrics of a whole split."""

    def check(self, outputs: Tensor, targets: Tensor) -> None:
        """Raise `ShapeError` where a network's outputs do not fit the targets; tensors may be on the meta device."""


@attrs.frozen
class Classification:
    """Cross-entropy of logits `[example, class]` against class numbers `[example]`."""

    classes: int

    def loss(self, outputs: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
        """Return the mean cross-entropy with label smoothing."""
        return functional.cross_entropy(outputs, targets, label_smoothing=smoothing)

    def metrics(self, outputs: Tensor, targets: Tensor) -> Mapping[str, float]:
        """Return `accuracy` in [0, 1] and `loss`, the cross-entropy without smoothing."""
        right = (outputs.argmax(1) == targets).to(torch.float64).mean()
        return {"accuracy": float(right), "loss": float(functional.cross_entropy(outputs, targets))}

    def check(self, outputs: Tensor, targets: Tensor) -> None:
        """Raise `ShapeError` unless the outputs are `[example, classes]`."""
        wanted = [len(targets), self.classes]
        if list(outputs.shape) != wanted:
            raise ShapeError(
                f"the network gives outputs of shape {list(outputs.shape)}, the task needs {wanted}: "
                f"end it with one score per class"
            )
