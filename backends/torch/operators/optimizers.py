"""Optimizers that the `train` record names: descriptions with their arguments, torch-free.

An argument left out takes the `train` record's key of the same name, then the task's default.
"""

from __future__ import annotations

from typing import TypeAlias

from symbolic.operators import operator
from symbolic.shapes import Shape


@operator("sgd")
class SGD:
    """Stochastic gradient descent with momentum; weight decay is added to the gradient."""

    momentum: float | None = None
    weight_decay: float | None = None
    nesterov: bool = False
    value = True

    def build(self, s: Shape | None = None) -> SGD:
        """Return the description itself; the trainer makes the torch optimizer."""
        return self


@operator("adam")
class Adam:
    """Adam (Kingma and Ba, 2015); weight decay is added to the gradient."""

    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float | None = None
    value = True

    def build(self, s: Shape | None = None) -> Adam:
        """Return the description itself; the trainer makes the torch optimizer."""
        return self


@operator("adamw")
class AdamW:
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019)."""

    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float | None = None
    value = True

    def build(self, s: Shape | None = None) -> AdamW:
        """Return the description itself; the trainer makes the torch optimizer."""
        return self


@operator("rmsprop")
class RMSprop:
    """RMSprop (Tieleman and Hinton, 2012); `alpha` smooths the squared gradient."""

    alpha: float = 0.99
    eps: float = 1e-8
    momentum: float | None = None
    weight_decay: float | None = None
    value = True

    def build(self, s: Shape | None = None) -> RMSprop:
        """Return the description itself; the trainer makes the torch optimizer."""
        return self


@operator("lion")
class Lion:
    """Lion: the sign of a momentum, with decoupled weight decay (Chen et al., 2023); wants a third of Adam's learning rate."""

    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: float | None = None
    value = True

    def build(self, s: Shape | None = None) -> Lion:
        """Return the description itself; the trainer makes the torch optimizer."""
        return self


Optimizer: TypeAlias = "SGD | Adam | AdamW | RMSprop | Lion"
NAMED: dict[str, Optimizer] = {"sgd": SGD(), "adam": Adam(), "adamw": AdamW(), "rmsprop": RMSprop(), "lion": Lion()}
