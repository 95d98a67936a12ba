"""How long a network takes for one example on the device at hand."""

from __future__ import annotations

import statistics
import time

import torch
from torch import nn

from backends.torch.device import mixed_precision
from symbolic.shapes import Shape

REPEATS, WARM_UP = 50, 10


def latency_ms(network: nn.Module, shape: Shape, device: torch.device, amp: bool = False) -> float:
    """Return the median milliseconds of 50 runs on one example of zeros, after ten to warm up. In eval mode, no gradients."""
    inputs = one_example(shape, device)
    before = network.training
    network.eval()
    times = []
    try:
        with torch.inference_mode(), mixed_precision(device, amp):
            for _ in range(WARM_UP + REPEATS):
                began = time.perf_counter()
                network(inputs)
                if device.type == "cuda":
                    torch.cuda.synchronize(device)
                times.append(time.perf_counter() - began)
    finally:
        network.train(before)
    return 1e3 * statistics.median(times[WARM_UP:])


def one_example(shape: Shape, device: torch.device) -> torch.Tensor:
    """Return a batch of one example of zeros."""
    dtype = torch.int64 if shape.kind == "tokens" else torch.float32
    return torch.zeros(1, *shape.axes, dtype=dtype, device=device)
