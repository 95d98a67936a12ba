"""A moving average of a network's weights, which is measured in their place (Polyak and Juditsky, 1992)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel


class Average:
    """The exponential moving average of a network: parameters, and buffers such as the statistics of batch norm.

    The decay rises to `decay` with the number of steps, `(1 + n) / (10 + n)`, so that short trainings forget their beginning
    too (as TensorFlow's `ExponentialMovingAverage` does).
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.model = AveragedModel(network, avg_fn=self._mixed, use_buffers=True)

    @property
    def network(self) -> nn.Module:
        """The network with averaged weights."""
        module: nn.Module = self.model.module
        return module

    def update(self, network: nn.Module) -> None:
        """Take in the weights after a step."""
        self.model.update_parameters(network)

    def state_dict(self) -> dict[str, Any]:
        """Return the averaged weights and how many steps are in them."""
        return {"network": self.network.state_dict(), "steps": int(self.model.n_averaged)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state."""
        self.network.load_state_dict(state["network"])
        self.model.n_averaged.fill_(state["steps"])

    def _mixed(self, average: Tensor, weight: Tensor, steps: Tensor | int) -> Tensor:
        if not average.is_floating_point():
            return weight  # counters
        decay = min(self.decay, (1 + float(steps)) / (10 + float(steps)))
        return torch.lerp(average, weight.to(average.dtype), 1 - decay)
