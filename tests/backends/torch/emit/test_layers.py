"""Layers of PyTorch, operators of the language and networks of torchvision: the text computes what they do."""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from backends.torch.emit.emit import emit
from symbolic import registry
from symbolic.shapes import Shape, features, image, sequence, tokens

INPUTS: tuple[Shape, ...] = (image(8, 8, 8), sequence(4, 8), features(8), tokens(5))
ARGUMENTS: dict[str, dict[str, Any]] = {
    "linear": {"width": 3},
    "embedding": {"width": 3, "vocabulary": 11},
    "lstm": {"width": 3},
    "gru": {"width": 3, "bidirectional": True},
    "bottleneck": {"reduce": 2, "middle": 3, "width": 6},
    "patch_embed": {"width": 3, "patch": 4},
    "conv2d": {"kernel": 4, "stride": 2, "bias": False},
    "zero": {"width": 3, "stride": 2},
    "upsample": {"mode": "bilinear"},
    "leaky_relu": {"slope": 0.2},
    "attention": {"heads": 2, "qkv": 4},
    "reshape": {"first": 8},
}
BODIES = ("residual", "concat", "sequence")
GRAPHS = ("dag", "dense", "edges", "edit", "stack")
"""These are parts of a network, or made of one: see `test_graphs.py`."""


def layers() -> list[str]:
    """The names of all operators that build layers."""
    names = [n for n in registry.entries("operators") if n not in GRAPHS]
    return [n for n in names if not registry.get("operators", n).signature.value]


def example(s: Shape) -> torch.Tensor:
    return torch.randint(11, (4, *s.axes)) if s.kind == "tokens" else torch.randn(4, *s.axes)


def built(name: str, s: Shape) -> nn.Module | None:
    """What an operator builds for a shape; None where it takes no such input."""
    op = registry.get("operators", name)(**ARGUMENTS.get(name, {}))
    try:
        if name in BODIES:
            body = nn.Conv2d(8, 8, 1) if s.kind == "image" else nn.Tanh()
            return op.build(s, lambda s: (body, s))[0]
        op.shape(s)
    except Exception:
        return None
    return op.build(s)


@pytest.mark.parametrize("name", layers())
def test_every_operator_can_be_written(name: str, executed: Callable, agree: Callable) -> None:
    shapes = [s for s in INPUTS if (s.kind == "tokens") == (name == "embedding")]
    made = [(s, network) for s in shapes if (network := built(name, s)) is not None]
    assert made
    for s, network in made:
        text = emit(network, example(s))
        assert "backends" not in text
        agree(network, executed(text), example(s))


TORCH: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "nn.Conv2d(4, 6, (3, 1), stride=2, padding=(1, 0), groups=2, bias=False)": (
        nn.Conv2d(4, 6, (3, 1), 2, (1, 0), groups=2, bias=False),
        (4, 8, 8),
    ),
    "nn.Conv1d(4, 6, 3, padding='same', dilation=2)": (nn.Conv1d(4, 6, 3, padding="same", dilation=2), (4, 8)),
    "nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1)": (nn.ConvTranspose2d(4, 6, 3, 2, 1, 1), (4, 5, 5)),
    "nn.BatchNorm2d(4, momentum=None, affine=False)": (nn.BatchNorm2d(4, momentum=None, affine=False), (4, 5, 5)),
    "nn.BatchNorm1d(4, eps=0.1, track_running_stats=False)": (nn.BatchNorm1d(4, 0.1, track_running_stats=False), (4,)),
    "nn.LayerNorm((4, 3), bias=False)": (nn.LayerNorm((4, 3), bias=False), (4, 3)),
    "nn.MaxPool2d(3, stride=1, padding=1, ceil_mode=True)": (nn.MaxPool2d(3, 1, 1, ceil_mode=True), (4, 7, 7)),
    "nn.AvgPool2d(2, count_include_pad=False)": (nn.AvgPool2d(2, count_include_pad=False), (4, 6, 6)),
    "nn.AdaptiveAvgPool2d((2, 3))": (nn.AdaptiveAvgPool2d((2, 3)), (4, 7, 7)),
    "nn.LSTM(3, 4, num_layers=2, batch_first=True)": (nn.LSTM(3, 4, 2, batch_first=True), (5, 3)),
    "nn.Conv2d(4, 6, 3, padding_mode='circular')": (nn.Conv2d(4, 6, 3, padding_mode="circular"), (4, 8, 8)),
    "nn.GRU(3, 4, bias=False)": (nn.GRU(3, 4, bias=False), (5, 3)),
    "nn.PReLU(num_parameters=4)": (nn.PReLU(4), (4, 5)),
    "nn.Unflatten(1, (2, 2))": (nn.Unflatten(1, (2, 2)), (4, 5)),
    "nn.Softmax(dim=-1)": (nn.Softmax(-1), (4,)),
    "nn.Hardtanh(min_val=-2.0, max_val=0.5)": (nn.Hardtanh(-2.0, 0.5), (4,)),
    "nn.ReflectionPad2d((1, 2, 0, 1))": (nn.ReflectionPad2d((1, 2, 0, 1)), (2, 5, 5)),
    "nn.PixelShuffle(2)": (nn.PixelShuffle(2), (8, 3, 3)),
    "nn.GroupNorm(2, 4, affine=False)": (nn.GroupNorm(2, 4, affine=False), (4, 5)),
    "nn.Upsample(size=(9, 7), mode='bilinear', align_corners=True)": (
        nn.Upsample((9, 7), mode="bilinear", align_corners=True),
        (2, 5, 5),
    ),
    "nn.Dropout(p=0.25)": (nn.Dropout(0.25), (9,)),
}


@pytest.mark.parametrize("call", TORCH)
def test_constructors_are_called_without_their_defaults(call: str, executed: Callable, agree: Callable) -> None:
    network, axes = TORCH[call]
    text = emit(network, torch.randn(4, *axes))
    assert text.endswith(f"def build():\n    return {call}\n")
    agree(network, executed(text), torch.randn(4, *axes))


def test_named_parts_of_a_sequence_keep_their_names(executed: Callable) -> None:
    network = nn.Sequential()
    network.add_module("first", nn.Linear(4, 4))
    network.add_module("second", nn.Tanh())
    made = executed(emit(network, torch.randn(2, 4)))
    assert [name for name, _ in made.named_children()] == ["first", "second"]


def test_long_calls_are_broken_and_every_line_is_readable() -> None:
    network = nn.Sequential(*itertools.chain.from_iterable((nn.Linear(16, 16), nn.ReLU()) for _ in range(9)))
    text = emit(network, torch.randn(2, 16))
    assert max(map(len, text.splitlines())) <= 110
    assert text.count("\n        nn.Linear(16, 16),\n") == 9


@pytest.mark.skipif(importlib.util.find_spec("torchvision") is None, reason="torchvision is not installed")
@pytest.mark.parametrize(
    "name", ["shufflenet_v2_x0_5", *(pytest.param(n, marks=pytest.mark.slow) for n in ("resnet18", "mobilenet_v3_small"))]
)
def test_networks_of_torchvision(name: str, executed: Callable, agree: Callable) -> None:
    models = importlib.import_module("torchvision.models")
    network = getattr(models, name)(weights=None, num_classes=3)
    x = torch.randn(2, 3, 32, 32)
    agree(network, executed(emit(network, x)), x)
