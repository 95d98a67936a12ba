"""Comparing two networks: their tensors by name, order and shape, and what they return."""

from __future__ import annotations

import itertools
import math
from typing import Any

from torch import Tensor, nn

Shapes = list[tuple[str, tuple[int, ...]]]


def shapes(network: nn.Module) -> Shapes:
    """Return name and shape of every parameter and buffer, in order."""
    return [(n, tuple(t.shape)) for n, t in itertools.chain(network.named_parameters(), network.named_buffers())]


def first_unlike(own: Shapes, other: Shapes) -> str:
    """Name the first tensor that differs between two networks that do differ."""
    for mine, theirs in itertools.zip_longest(own, other, fillvalue=("nothing", ())):
        if mine != theirs:
            return f"`{mine[0]}` {list(mine[1])} instead of `{theirs[0]}` {list(theirs[1])}"
    raise AssertionError("the networks have equal tensors")


def gap(a: Any, b: Any) -> float:
    """Return the largest difference, relative to the largest value of `b` where that is above 1; infinite for unlike things.

    >>> import torch
    >>> gap((torch.tensor([4.0]), "x"), (torch.tensor([5.0]), "x"))
    0.2
    """
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return _distance(a, b)
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)) and len(a) == len(b):
        return max((gap(x, y) for x, y in zip(a, b, strict=True)), default=0.0)
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return max((gap(a[key], b[key]) for key in a), default=0.0)
    return 0.0 if type(a) is type(b) and not isinstance(a, (tuple, list, dict)) and a == b else math.inf


def _distance(a: Tensor, b: Tensor) -> float:
    if a.shape != b.shape:
        return math.inf
    if a.numel() == 0:
        return 0.0
    difference = float((a - b).abs().max()) / max(1.0, float(b.abs().max()))
    return difference if math.isfinite(difference) else math.inf
