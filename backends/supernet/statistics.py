"""Batch norm in a supernet: always the statistics of the batch, or running ones estimated anew for one candidate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm, _NormBase


def batch_statistics(network: nn.Module) -> None:
    """Let batch norms use the batch they see, whatever mode the rest of the network is in."""
    for module in network.modules():
        if isinstance(module, _BatchNorm):
            module.train()


@contextmanager
def recalibrated(network: nn.Module, batches: Iterable[Tensor]) -> Iterator[nn.Module]:
    """Give a set network running statistics of its own while entered: the mean over some training batches.

    The network is in evaluation mode inside. The shared buffers are neither read nor written.
    """
    norms = [m for m in network.modules() if isinstance(m, _NormBase) and m.running_mean is not None]
    kept = [(norm, dict(norm._buffers), norm.momentum) for norm in norms]
    try:
        for norm in norms:
            assert norm.running_mean is not None and norm.running_var is not None
            norm.running_mean, norm.running_var = torch.zeros_like(norm.running_mean), torch.ones_like(norm.running_var)
            norm.num_batches_tracked = torch.zeros((), dtype=torch.long)
            norm.momentum, norm.track_running_stats = None, True
        network.eval()
        batch_statistics(network)
        with torch.no_grad():
            for inputs in batches:
                network(inputs)
        network.eval()
        yield network
    finally:
        for norm, buffers, momentum in kept:
            norm._buffers.update(buffers)
            norm.momentum, norm.track_running_stats = momentum, False
