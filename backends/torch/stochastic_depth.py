"""Stochastic depth (Huang et al., 2016, arXiv 1603.09382): residual branches left out of single examples while training."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from backends.torch.layers import DropPath, Residual


def drop_branches(network: nn.Module, rate: float) -> int:
    """Make the residual branches of a network drop out while it trains, and return how many there are.

    Branch l of n is left out with probability `rate * l / n`, the paper's linear decay, and scaled up where it stays, so that
    nothing changes in eval mode. Branches are those of `backends.torch.layers.Residual`, which all residual operators are
    made of. Weights and their names stay as they are.

    >>> from backends.torch.layers import Residual
    >>> drop_branches(nn.Sequential(Residual(nn.Identity()), nn.ReLU(), Residual(nn.Identity())), 0.2)
    2
    """
    branches = [module for module in network.modules() if isinstance(module, Residual)]
    for number, branch in enumerate(branches, 1):
        branch.body.register_forward_hook(_Dropping(rate * number / len(branches)))
    return len(branches)


class _Dropping:
    """A hook that puts `DropPath` behind a branch; an object, so that the network can be copied."""

    def __init__(self, rate: float) -> None:
        self.drop = DropPath(rate)

    def __call__(self, body: nn.Module, inputs: Any, output: Tensor) -> Tensor:
        self.drop.train(body.training)
        dropped: Tensor = self.drop(output)
        return dropped
