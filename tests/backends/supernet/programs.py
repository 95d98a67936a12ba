"""Annotated programs that the supernet must hold: one network each, on images of 3 x 4 x 4 with four classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import torch
from torch import nn
from torch.nn import functional

import symbolic as sym


def head(width: int) -> nn.Sequential:
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 4))


class Unit(nn.Module):
    """A user's block: a kernel of its own, a shared activation, a function chosen for `forward`."""

    def __init__(self, cin: int, cout: int, act: type[nn.Module]) -> None:
        super().__init__()
        kernel = sym.oneof(1, 3, name="kernel")
        self.conv = nn.Conv2d(cin, cout, kernel, padding=kernel // 2)
        self.norm = nn.BatchNorm2d(cout)
        self.act = act()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.act(self.norm(self.conv(x)))  # type: ignore[no-any-return]


@sym.searchable
class Nested(nn.Module):
    """Nested classes, a loop over units, widths from the signature and arithmetic on them."""

    def __init__(self, width: Annotated[int, sym.Range(2, 6, step=2)] = 4, expand: Annotated[int, sym.OneOf(1, 2)] = 1) -> None:
        super().__init__()
        act = sym.oneof(nn.ReLU, nn.GELU, name="act")
        hidden = width * expand
        self.stem = Unit(3, width, act)
        self.body = nn.Sequential(*sym.repeat(lambda i: Unit(width, width, act), 0, 2, name="body"))
        self.tail = Unit(width, hidden, act)
        self.head = head(hidden)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.tail(self.body(self.stem(x))))  # type: ignore[no-any-return]


@sym.searchable
class Functional(nn.Module):
    """A function that is called in `forward`, an own parameter, a size kept in an attribute."""

    def __init__(self, width: Annotated[int, sym.Range(2, 6, step=2)] = 4) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, width, 1)
        self.scale = nn.Parameter(torch.ones(width))
        self.width = width
        self.function = sym.oneof(functional.relu, functional.silu, torch.tanh, name="function")
        self.head = nn.Linear(width * 16, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv(x) * self.scale.view(-1, 1, 1)
        return self.head(self.function(y).reshape(-1, self.width * 16))  # type: ignore[no-any-return]


@sym.searchable
class Branches(nn.Module):
    """Options that ask for more, an option built of nothing, a lifted function of two sizes."""

    def __init__(self) -> None:
        super().__init__()
        width = sym.integer(2, 4, name="width")
        other = sym.integer(2, 5, name="other")
        most = sym.lift(max, width, other)
        self.stem = nn.Conv2d(3, width, 1)

        def wide() -> nn.Module:
            kernel = sym.oneof(1, 3, name="k")
            middle = nn.Conv2d(most, width, kernel, padding=kernel // 2)
            return nn.Sequential(nn.Conv2d(width, most, 1), nn.ReLU(), middle)

        self.op = sym.oneof({"skip": nn.Identity, "wide": wide, "pool": lambda: nn.AvgPool2d(3, 1, 1)}, name="op")()
        self.head = head(width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.op(self.stem(x)))  # type: ignore[no-any-return]


@sym.searchable
class Vectors(nn.Module):
    """Layers of vectors: LayerNorm over an elastic axis, heads times size, a residual loop whose depth moves outwards."""

    def __init__(self, size: Annotated[int, sym.Range(2, 4)] = 2, heads: Annotated[int, sym.OneOf(1, 2)] = 1) -> None:
        super().__init__()
        width = heads * size
        self.first = nn.Linear(48, width)
        self.norm = nn.LayerNorm(width)
        self.layers = nn.ModuleList(sym.repeat(lambda i: nn.Linear(width, width), 1, 3, name="layers"))
        self.last = nn.Linear(width, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.first(x.flatten(1))
        for layer in self.layers:
            y = y + torch.relu(layer(y))
        return self.last(self.norm(y))  # type: ignore[no-any-return]


INSIDE: list[Callable[..., Any]] = [Nested, Functional, Branches]
OUTSIDE: dict[Callable[..., Any], set[str]] = {Vectors: {"model/layers"}}


@sym.searchable
class Dropped(nn.Module):
    """A float and a choice asked in the body: a relaxed search fixes the float at its default."""

    def __init__(self) -> None:
        super().__init__()
        rate = sym.floating(0.0, 0.5, name="rate")
        act = sym.oneof(nn.ReLU, nn.GELU, name="act")
        self.layers = nn.Sequential(nn.Conv2d(3, 4, 1), act(), nn.Dropout(rate))
        self.head = head(4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.layers(x))  # type: ignore[no-any-return]
