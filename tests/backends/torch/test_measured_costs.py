"""Costs known before training are those measured on a network that really computes: operators, and the spaces that ship."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from backends.torch.cost import Flops, Parameters, flops, parameters
from symbolic import load, registry
from symbolic.building.build import build, task_facts
from symbolic.building.values import Values
from symbolic.shapes import Shape, image, sequence, tokens
from symbolic.task import TaskFacts

_GRID = Path(__file__).parent / "operators" / "test_operators.py"
GRID = runpy.run_path(str(_GRID))["GRID"]
EXAMPLES = Path(__file__).parents[3] / "examples"


def measured(net: nn.Module, s: Shape) -> int:
    """Run a network on one example, in float64, and count what it computes: fused kernels would hide their work."""
    biases = 0

    def count(layer: nn.Module, args: object, out: torch.Tensor) -> None:
        nonlocal biases
        biases += out.numel() if getattr(layer, "bias", None) is not None else 0

    kinds = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.ConvTranspose2d)
    for layer in net.modules():
        if isinstance(layer, kinds):
            layer.register_forward_hook(count)
    x = torch.zeros(1, *s.axes, dtype=torch.int64 if s.kind == "tokens" else torch.float64)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as f:
        net.double().eval()(x)
    return int(f.get_total_flops()) // 2 + biases


@pytest.mark.parametrize("name", GRID)
def test_operators(name: str) -> None:
    shapes, arguments = GRID[name]
    for s in shapes:
        for choose in (0, -1):
            made = registry.get("operators", name)(**{key: values[choose] for key, values in arguments.items()})
            net = made.build(s)
            assert isinstance(net, nn.Module)
            with torch.device("meta"):
                assert parameters(made.build(s)) == parameters(net)
            assert flops(net, s) == measured(net, s)


CLOSED: dict[str, tuple[Shape, dict[str, object], int]] = {
    "conv2d": (image(4, 8, 7), {"width": 6, "kernel": 3, "stride": 2}, 4 * 4 * 6 * (4 * 9 + 1)),
    "sep_conv2d": (image(4, 8, 7), {"width": 6}, 56 * (4 * 9 + 4 * 6)),
    "linear": (sequence(5, 8), {"width": 6}, 5 * 6 * 9),
    "lstm": (sequence(5, 8), {"width": 6}, 5 * 4 * 6 * (8 + 6)),
    "gru": (sequence(5, 8), {"width": 6}, 5 * 3 * 6 * (8 + 6)),
    "attention": (sequence(5, 8), {"heads": 2}, 4 * 5 * 8 * 9 + 2 * 5 * 5 * 8),
    "embedding": (tokens(5), {"width": 6, "vocabulary": 9}, 0),
}


@pytest.mark.parametrize("name", CLOSED)
def test_operators_in_closed_form(name: str) -> None:
    s, arguments, expected = CLOSED[name]
    assert flops(registry.get("operators", name)(**arguments).build(s), s) == expected


SMALL = TaskFacts("small", image(3, 32, 32), {"classes": 10, "channels": 3})
SPACES: dict[str, TaskFacts | None] = {
    "digits.space": None,
    "unet.py:SPACE": TaskFacts("discs", image(1, 16, 16), {}),
    "tied.py:SPACE": TaskFacts("counting", tokens(12), {"vocabulary": 24}),
    "darts_cell.space": None,
    "nb201_cell.space": None,
    "grammar.space": None,
    "spaces/nats_size.space": SMALL,
    "spaces/naap440.space": SMALL,
    "spaces/ofa.space": SMALL,
    "spaces/unet.space": SMALL,
    "spaces/autoformer.space": SMALL,
}


@pytest.mark.parametrize("name", SPACES)
def test_spaces_that_ship(name: str) -> None:
    space = load(str(EXAMPLES / name))
    facts = SPACES[name] or task_facts(space)
    assert facts is not None
    params, macs = Parameters(space, facts), Flops(space, facts)
    for candidate in space.sample(2, 3):
        net = build(space, Values(space.lower(), candidate.point), facts)["model"]
        assert isinstance(net, nn.Module)
        assert params.actual(candidate.point.index) == sum(p.numel() for p in net.parameters())
        assert macs.actual(candidate.point.index) == measured(net, facts.input)
