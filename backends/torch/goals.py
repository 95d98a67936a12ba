"""What a network is trained for: a loss to minimise and the metrics a task reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Protocol

import attrs
import torch
from torch import Tensor, nn
from torch.nn import functional

from backends.errors import ShapeError, TrainError


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
    """Cross-entropy of logits `[example, class]` against class numbers `[example]`.

    `own` replaces it by a cross-entropy of the user's, `(outputs, targets) -> scalar tensor`, such as one with class weights.
    """

    classes: int
    own: Callable[[Tensor, Tensor], Tensor] | None = None

    def loss(self, outputs: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
        """Return the mean cross-entropy with label smoothing. Raises `TrainError` where the user's own is to be smoothed."""
        if self.own is not None:
            _no_smoothing(smoothing)
            return self.own(outputs, targets)
        return functional.cross_entropy(outputs, targets, label_smoothing=smoothing)

    def metrics(self, outputs: Tensor, targets: Tensor) -> Mapping[str, float]:
        """Return `accuracy` in [0, 1] and `loss`, the cross-entropy without smoothing (or the user's own)."""
        right = float((outputs.argmax(1) == targets).to(torch.float64).mean())
        return {"accuracy": right, "loss": float(self.loss(outputs, targets))}

    def check(self, outputs: Tensor, targets: Tensor) -> None:
        """Raise `ShapeError` unless the outputs are `[example, classes]`."""
        wanted = [len(targets), self.classes]
        if list(outputs.shape) != wanted:
            raise ShapeError(
                f"the network gives outputs of shape {list(outputs.shape)}, the task needs {wanted}: "
                f"end it with one score per class"
            )


@attrs.frozen
class Regression:
    """Mean squared error of one number per example, or several, against standardised targets `[example]` or `[example, k]`.

    `mean` and `spread` say how the targets were standardised: `mse` is told in their own unit.
    """

    mean: float = 0.0
    spread: float = 1.0

    def loss(self, outputs: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
        """Return the mean squared error of standardised targets. Raises `TrainError` where label smoothing is asked for."""
        _no_smoothing(smoothing)
        return functional.mse_loss(outputs.reshape(targets.shape), targets)

    def metrics(self, outputs: Tensor, targets: Tensor) -> Mapping[str, float]:
        """Return `r2` (1 is perfect, 0 as good as the mean), `loss` (of standardised targets) and `mse`."""
        known, told = targets.to(torch.float64), outputs.reshape(targets.shape).to(torch.float64)
        loss = float((known - told).square().mean())
        variance = float((known - known.mean(0)).square().mean())
        return {"r2": 1.0 - loss / variance if variance > 0 else float("nan"), "loss": loss, "mse": loss * self.spread**2}

    def check(self, outputs: Tensor, targets: Tensor) -> None:
        """Raise `ShapeError` unless the outputs are `[example, 1]` (or as the targets)."""
        fitting = [list(targets.shape)] + ([[len(targets), 1]] if targets.dim() == 1 else [])
        if list(outputs.shape) not in fitting:
            raise ShapeError(
                f"the network gives outputs of shape {list(outputs.shape)}, the task needs {fitting[-1]}: end it with linear(1)"
            )


@attrs.frozen
class Custom:
    """A user's loss `(outputs, targets) -> scalar tensor`, and metrics `(outputs, targets) -> number` by name."""

    function: Callable[[Tensor, Tensor], Tensor]
    measures: Mapping[str, Callable[[Tensor, Tensor], object]] = attrs.field(factory=dict)

    def loss(self, outputs: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
        """Return the user's loss. Raises `TrainError` where label smoothing is asked for."""
        _no_smoothing(smoothing)
        return self.function(outputs, targets)

    def metrics(self, outputs: Tensor, targets: Tensor) -> Mapping[str, float]:
        """Return `loss` and the user's metrics."""
        return {"loss": float(self.function(outputs, targets)), **_told(self.measures, outputs, targets)}

    def check(self, outputs: Tensor, targets: Tensor) -> None:
        """Raise `ShapeError` where the loss does not take outputs of this shape, or gives no scalar."""
        try:
            loss = self.function(outputs, targets)
        except (RuntimeError, ValueError) as e:
            shapes = f"outputs of shape {list(outputs.shape)} and targets of shape {list(targets.shape)}"
            raise ShapeError(f"the task's loss does not take {shapes}: {e}") from e
        if not isinstance(loss, Tensor) or loss.numel() != 1:
            raise TrainError(f"the task's loss gives {loss!r}; it must be a tensor with one number, e.g. their mean")


@attrs.frozen
class Measured:
    """Another goal with metrics of the user's own beside its own; a metric of an equal name replaces it."""

    goal: Goal
    measures: Mapping[str, Callable[[Tensor, Tensor], object]]

    def loss(self, outputs: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
        """Return the loss of the goal."""
        return self.goal.loss(outputs, targets, smoothing)

    def metrics(self, outputs: Tensor, targets: Tensor) -> Mapping[str, float]:
        """Return the goal's metrics and the user's."""
        return {**self.goal.metrics(outputs, targets), **_told(self.measures, outputs, targets)}

    def check(self, outputs: Tensor, targets: Tensor) -> None:
        """Raise `ShapeError` where the outputs do not fit the goal."""
        self.goal.check(outputs, targets)


def placed(goal: Goal, device: torch.device) -> Goal:
    """Return a goal whose loss computes on a device: a loss that is a module may hold tensors, such as class weights."""
    match goal:
        case Classification(own=nn.Module() as own):
            return attrs.evolve(goal, own=deepcopy(own).to(device))
        case Custom(function=nn.Module() as own):
            return attrs.evolve(goal, function=deepcopy(own).to(device))
        case Measured():
            return attrs.evolve(goal, goal=placed(goal.goal, device))
    return goal


def _told(measures: Mapping[str, Callable[[Tensor, Tensor], object]], outputs: Tensor, targets: Tensor) -> dict[str, float]:
    """Return the numbers that a user's functions give."""
    found = {}
    for name, measure in measures.items():
        value = measure(outputs, targets)
        try:
            found[name] = float(value)  # type: ignore[arg-type]  # a number, or a tensor of one
        except (TypeError, ValueError, RuntimeError) as e:
            raise TrainError(f"the task's metric {name!r} gives {type(value).__name__}; it must be a number") from e
    return found


def _no_smoothing(smoothing: float) -> None:
    if smoothing:
        raise TrainError(
            "train.label_smoothing is for the library's cross-entropy; this task has a loss of its own: leave it at 0"
        )
