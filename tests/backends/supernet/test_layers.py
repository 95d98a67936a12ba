"""Every layer of torch that has a size, with each of its sizes searched: exact alone, and mixed inside or at an output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from backends.supernet.supernet import build_supernet
from backends.supernet.verify import INSIDE, prove
from symbolic.resolver import Decision, Resolver


class Last(nn.Module):
    """What a recurrent layer gives at the last place."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x)[0][:, -1]  # type: ignore[no-any-return]


class Attend(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.attention(x, x, x, need_weights=False)[0].mean(1)  # type: ignore[no-any-return]


def recurrent(kind: Callable[..., nn.Module]) -> Callable[[Any], nn.Module]:
    return lambda w: nn.Sequential(nn.Linear(4, w), Last(kind(w, w + 1, 2, batch_first=True)), nn.Linear(w + 1, 3))


def both_ways(w: Any) -> nn.Module:
    """Its second layer reads two directions side by side, and torch writes the size as `hidden * 2`: another layout."""
    return nn.Sequential(Last(nn.LSTM(4, w, 2, batch_first=True, bidirectional=True)), nn.Linear(2 * w, 3))


def image(width: Any, *layers: nn.Module) -> nn.Module:
    """Layers of so many channels between a convolution that makes them and one that reads them."""
    return nn.Sequential(nn.Conv2d(4, width, 1), *layers, nn.Conv2d(width, 3, 1))


def weight_norm(w: Any) -> nn.Module:
    return nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(4, w)), nn.Linear(w, 2))


VECTORS = torch.randn(3, 5, 4, generator=torch.Generator().manual_seed(0))
IMAGES = torch.randn(2, 4, 6, 6, generator=torch.Generator().manual_seed(1))
TOKENS = torch.randint(0, 7, (3, 5), generator=torch.Generator().manual_seed(2))

LAYERS: dict[str, tuple[torch.Tensor, tuple[int, ...], Callable[[Any], nn.Module], bool]] = {
    "linear": (VECTORS, (2, 3, 5), lambda w: nn.Sequential(nn.Linear(4, w), nn.ReLU(), nn.Linear(w, 3)), True),
    "bilinear": (VECTORS, (2, 3), lambda w: nn.Sequential(nn.Linear(4, w), Twice(nn.Bilinear(w, w, 3))), True),
    "embedding": (TOKENS, (2, 4), lambda w: nn.Sequential(nn.Embedding(7, w), nn.Linear(w, 3)), True),
    "lstm": (VECTORS, (2, 4), recurrent(nn.LSTM), True),
    "gru": (VECTORS, (2, 4), recurrent(nn.GRU), True),
    "lstm both ways": (VECTORS, (2, 4), both_ways, False),
    "rnn": (VECTORS, (2, 4), recurrent(nn.RNN), True),
    "attention width": (VECTORS, (4, 8), lambda w: nn.Sequential(nn.Linear(4, w), Attend(w, 2), nn.Linear(w, 3)), False),
    "attention heads": (VECTORS, (1, 2, 4), lambda h: nn.Sequential(Attend(4, h), nn.Linear(4, 3)), False),
    "encoder": (VECTORS, (4, 8), lambda w: nn.TransformerEncoderLayer(4, 2, w, dropout=0.0, batch_first=True), True),
    "conv1d": (VECTORS, (2, 4), lambda w: nn.Sequential(nn.Conv1d(5, w, 3), nn.BatchNorm1d(w), nn.Conv1d(w, 3, 1)), True),
    "conv3d": (IMAGES[:, None], (1, 2), lambda w: nn.Sequential(nn.Conv3d(1, w, 3), nn.Conv3d(w, 2, 1)), True),
    "transposed": (IMAGES, (2, 4), lambda w: nn.Sequential(nn.ConvTranspose2d(4, w, 2), nn.ConvTranspose2d(w, 3, 2)), True),
    "prelu": (IMAGES, (2, 4), lambda w: image(w, nn.PReLU(w)), True),
    "groups": (IMAGES, (1, 2, 4), lambda g: nn.Conv2d(4, 4, 1, groups=g), True),
    "grouped channels": (IMAGES, (4, 8), lambda w: image(w, nn.Conv2d(w, w, 3, groups=2)), True),
    "norm groups": (IMAGES, (1, 2, 4), lambda g: nn.GroupNorm(g, 4), True),
    "batch norm": (IMAGES, (2, 4), lambda w: image(w, nn.BatchNorm2d(w)), True),
    "instance norm": (IMAGES, (2, 4), lambda w: image(w, nn.InstanceNorm2d(w, affine=True)), True),
    "kernel": (IMAGES, (1, 3, 5), lambda k: nn.Conv2d(4, 3, k, padding=k // 2), True),
    "even kernel": (IMAGES, (2, 4), lambda k: nn.Sequential(nn.Conv2d(4, 3, k), nn.AdaptiveAvgPool2d(1)), False),
    "dilation": (IMAGES, (1, 2), lambda d: nn.Conv2d(4, 3, 3, padding=d, dilation=d), False),
    "stride": (IMAGES, (1, 2), lambda s: nn.Sequential(nn.Conv2d(4, 3, 1, stride=s), nn.AdaptiveAvgPool2d(1)), False),
    "pool": (IMAGES, (1, 2, 3), lambda k: nn.Sequential(nn.MaxPool2d(k), nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 2, 1)), False),
    "weight norm": (VECTORS, (2, 4), weight_norm, True),
}  # fmt: skip


class Twice(nn.Module):
    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x, x)  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", LAYERS)
def test_every_size_of_a_layer(name: str, candidates: Any) -> None:
    inputs, values, build, inside = LAYERS[name]

    def program(r: Resolver) -> nn.Module:
        return build(r.answer(Decision("size", "one", labels=tuple(map(str, values))), values))

    supernet, _ = build_supernet(program)
    samples = [candidates(program, 1, size=code)[0] for code in range(len(values))]
    proof = prove(supernet, inputs, samples, samples)
    assert proof.refused == {}
    assert (proof.mixed["size"] == INSIDE) == inside, proof.mixed
