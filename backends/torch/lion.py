"""Lion: evolved sign momentum (Chen et al., 2023, arXiv 2302.06675, algorithm 2), which torch does not have."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn


class LionSteps(torch.optim.Optimizer):
    """Move each weight by `lr` in the direction of the sign of an interpolated momentum; weight decay is decoupled."""

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float, betas: tuple[float, float], weight_decay: float) -> None:
        super().__init__(parameters, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """Take one step. `closure` is called first, as torch's optimizers do."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            fast, slow = group["betas"]
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if not state:
                    state["exp_avg"] = torch.zeros_like(weight)
                average = state["exp_avg"]
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                weight.add_(torch.sign(average * fast + weight.grad * (1 - fast)), alpha=-group["lr"])
                average.mul_(slow).add_(weight.grad, alpha=1 - slow)
        return loss
