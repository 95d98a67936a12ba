"""The network of `digits.space` as an annotated class: the same decisions, and plain PyTorch outside a search.

symspace search examples/digits.py:Net --task digits --algorithm darts
"""

from typing import Annotated

import torch
from torch import nn

import symbolic as sym


class Unit(nn.Sequential):
    """Convolution, batch norm and the network's activation; the kernel is decided afresh in each unit."""

    def __init__(self, channels: int, width: int, act: type[nn.Module]) -> None:
        kernel = sym.oneof(3, 5, name="kernel")
        conv = nn.Conv2d(channels, width, kernel, padding=kernel // 2)
        super().__init__(conv, nn.BatchNorm2d(width), act())


class Residual(nn.Module):
    """A unit whose input is added to its output."""

    def __init__(self, width: int, act: type[nn.Module]) -> None:
        super().__init__()
        self.body = Unit(width, width, act)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = x + self.body(x)
        return out


class Stage(nn.Sequential):
    """One unit, then up to two more, each plain or residual."""

    def __init__(self, channels: int, width: int, act: type[nn.Module]) -> None:
        def another(index: int) -> nn.Module:
            return sym.oneof({"unit": lambda: Unit(width, width, act), "residual": lambda: Residual(width, act)}, name="kind")()

        unit = Unit(channels, width, act)
        super().__init__(unit, nn.Sequential(*sym.repeat(another, 0, 2, name="more")))


@sym.searchable
class Net(nn.Module):
    """A small CNN for 8x8 digits."""

    def __init__(
        self,
        first: Annotated[int, sym.Range(8, 32, step=8)] = 16,
        second: Annotated[int, sym.Range(16, 64, step=16)] = 32,
        dropout: Annotated[float, sym.Range(0.0, 0.5)] = 0.1,
    ) -> None:
        super().__init__()
        act = sym.oneof(nn.ReLU, nn.GELU, nn.SiLU, name="activation")
        self.stem = Stage(1, first, act)
        self.pool = nn.MaxPool2d(2)
        self.tail = Stage(first, second, act)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout), nn.Linear(second, 10))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.head(self.tail(self.pool(self.stem(x))))
        return out
