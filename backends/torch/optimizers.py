"""From a recipe to a torch optimizer, and the learning rate at each step of a training."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, assert_never

import torch
from torch import nn

from backends.torch.lion import LionSteps
from backends.torch.operators.optimizers import SGD, Adam, AdamW, Lion, RMSprop
from backends.torch.record import Recipe


def make_optimizer(recipe: Recipe, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """Return the recipe's optimizer over the parameters; its own arguments win over the record's."""
    described, parameters = recipe.optimizer, list(parameters)
    fused = all(p.is_floating_point() and p.device.type in ("cpu", "cuda") for p in parameters)  # a tenth of a step quicker
    decay = recipe.weight_decay if described.weight_decay is None else described.weight_decay
    match described:
        case SGD():
            momentum = recipe.momentum if described.momentum is None else described.momentum
            nesterov = described.nesterov and momentum > 0
            return torch.optim.SGD(parameters, recipe.lr, momentum=momentum, weight_decay=decay, nesterov=nesterov, fused=fused)
        case Adam():
            betas = (described.beta1, described.beta2)
            return torch.optim.Adam(parameters, recipe.lr, betas, described.eps, decay, fused=fused)
        case AdamW():
            betas = (described.beta1, described.beta2)
            return torch.optim.AdamW(parameters, recipe.lr, betas, described.eps, decay, fused=fused)
        case RMSprop():
            momentum = recipe.momentum if described.momentum is None else described.momentum
            return torch.optim.RMSprop(
                parameters, recipe.lr, alpha=described.alpha, eps=described.eps, weight_decay=decay, momentum=momentum
            )
        case Lion():
            return LionSteps(parameters, recipe.lr, (described.beta1, described.beta2), decay)
    assert_never(described)


def arguments_of(recipe: Recipe) -> dict[str, Any]:
    """Return what a recipe's optimizer keeps for each group of parameters beside the learning rate: momentum, decay, ..."""
    wanted = make_optimizer(recipe, [nn.Parameter(torch.zeros(1))]).defaults
    return {key: wanted[key] for key in ("momentum", "weight_decay", "betas", "alpha", "eps") if key in wanted}


def learning_rate(recipe: Recipe, epoch: float, horizon: float) -> float:
    """Return the learning rate at a moment of a training that ends at `horizon`, both in epochs.

    Rises linearly over `warmup` epochs, then follows the schedule: constant, down to 0 along a cosine or a line, or a tenth
    of it after half and again after three quarters (`step`).

    >>> from backends.torch.record import read_record
    >>> from backends.torch.tasks.digits import digits
    >>> recipe = read_record({"lr": 0.1, "schedule": "linear"}, digits().facts.train)
    >>> [round(learning_rate(recipe, epoch, 10), 3) for epoch in (0, 5, 10)]
    [0.1, 0.05, 0.0]
    """
    if epoch < recipe.warmup:
        return recipe.lr * epoch / recipe.warmup
    if recipe.schedule == "constant":
        return recipe.lr
    done = min(1.0, (epoch - recipe.warmup) / max(horizon - recipe.warmup, 1e-12))
    if recipe.schedule == "step":
        return recipe.lr * (1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01)
    return recipe.lr * (1.0 - done if recipe.schedule == "linear" else 0.5 * (1.0 + math.cos(math.pi * done)))


def set_learning_rate(optimizer: torch.optim.Optimizer, lr: float) -> None:
    """Give all parameter groups of an optimizer this learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = lr
