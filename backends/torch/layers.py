"""The few torch modules that operators need beside those of torch itself."""

from __future__ import annotations

import torch
from torch import nn


class Residual(nn.Module):
    """`shortcut(x) + body(x)`; without a shortcut the input itself is added."""

    def __init__(self, body: nn.Module, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.body = body
        self.shortcut = shortcut

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.body(x)
        return (x if self.shortcut is None else self.shortcut(x)) + y


class Concat(nn.Module):
    """The input and the output of the body side by side along one axis."""

    def __init__(self, body: nn.Module, axis: int) -> None:
        super().__init__()
        self.body = body
        self.axis = axis

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x, self.body(x)], self.axis)


class ChannelsFirst(nn.Module):
    """A layer that wants `[batch, features, length]`, applied to `[batch, length, features]`."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.layer(x.transpose(1, 2))
        return y.transpose(1, 2)


class Zero(nn.Module):
    """Zeros of the input's shape, with a stride and another number of channels where given."""

    def __init__(self, channels: int | None = None, stride: int = 1) -> None:
        super().__init__()
        self.channels = channels
        self.stride = stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x if self.stride == 1 else x[:, :, :: self.stride, :: self.stride]
        if self.channels is None:
            return y * 0
        return y.new_zeros(y.shape[0], self.channels, *y.shape[2:])


class SqueezeExcite(nn.Module):
    """Weigh the channels of an image by a small network of their means."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(channels, hidden, 1)
        self.act = nn.ReLU()
        self.expand = nn.Conv2d(hidden, channels, 1)
        self.gate = nn.Sigmoid()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weights: torch.Tensor = self.gate(self.expand(self.act(self.reduce(self.pool(x)))))
        return x * weights


class DropPath(nn.Module):
    """While training, set whole examples to zero with probability `rate` and scale the others up (stochastic depth)."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.rate == 0:
            return x
        kept = torch.rand(x.shape[0], *[1] * (x.dim() - 1), device=x.device, dtype=x.dtype) >= self.rate
        return x * kept / (1 - self.rate)


class Recurrent(nn.Module):
    """A recurrent layer that gives its outputs `[batch, length, features]` and forgets its state."""

    def __init__(self, layer: nn.LSTM | nn.GRU) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.layer(x)[0]
        return out


class SelfAttention(nn.Module):
    """Multi-head self-attention over `[batch, length, features]`."""

    def __init__(self, width: int, qkv: int, heads: int, causal: bool = False) -> None:
        super().__init__()
        self.heads = heads
        self.causal = causal
        self.query = nn.Linear(width, qkv)
        self.key = nn.Linear(width, qkv)
        self.value = nn.Linear(width, qkv)
        self.out = nn.Linear(qkv, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = (self._split(layer(x)) for layer in (self.query, self.key, self.value))
        y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        out: torch.Tensor = self.out(y.transpose(1, 2).flatten(2))
        return out

    def _split(self, x: torch.Tensor) -> torch.Tensor:
        return x.reshape(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)


class Positions(nn.Module):
    """A learned vector for each place, added to `[batch, length, features]`."""

    def __init__(self, length: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(length, width) * 0.02)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.weight


class Waves(nn.Module):
    """Sines and cosines of each place, of wavelengths from 2 pi to 10,000 * 2 pi, added to `[batch, length, features]`."""

    def __init__(self, length: int, width: int) -> None:
        super().__init__()
        self.length = length
        self.width = width

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        feature = torch.arange(self.width, device=x.device)
        rate = 10_000 ** (-(feature - feature % 2) / self.width)
        angle = torch.arange(self.length, device=x.device)[:, None] * rate
        return x + torch.where(feature % 2 == 0, angle.sin(), angle.cos()).to(x.dtype)


class PlacesFirst(nn.Module):
    """A layer that gives an image, read as a sequence of its places `[batch, place, channel]`."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.layer(x)
        return y.flatten(2).transpose(1, 2)
