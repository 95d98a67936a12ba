"""Random programs of widths, kernels, depths, choices, sums and concatenations are exact, alone and together."""

from __future__ import annotations

import random
from typing import Any

import attrs
import pytest
import torch
from torch import nn

from backends.supernet.state import Setting
from backends.supernet.supernet import build_supernet
from backends.supernet.verify import prove
from symbolic.resolver import Decision, Resolver


class Sum(nn.Module):
    def __init__(self, first: nn.Module, second: nn.Module) -> None:
        super().__init__()
        self.first, self.second = first, second

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.first(x) + self.second(x)  # type: ignore[no-any-return]


class Side(nn.Module):
    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x, self.body(x)], 1)


Plan = tuple[Any, ...]


def plan(generator: random.Random, depth: int) -> Plan:
    """Draw a tree of layers; what has a width of its own changes the number of channels."""
    leaves = ["conv", "same", "norm", "act", "shared act", "depthwise", "group norm"]
    if depth == 0:
        return (generator.choice(leaves),)
    inner = lambda: plan(generator, depth - 1)  # noqa: E731  # a name for a draw
    kind = generator.choice([*leaves, "chain", "chain", "residual", "choice", "repeat", "concat", "sum"])
    count = {"chain": 3, "residual": 1, "choice": 2, "repeat": 1, "concat": 1, "sum": 2}.get(kind, 0)
    return (kind, *(inner() for _ in range(count)))


@attrs.frozen
class Network:
    """A program made of a plan: paths follow from where a layer stands."""

    tree: Plan

    def __call__(self, r: Resolver) -> nn.Module:
        width = r.answer(Decision("width", "integer", low=4, high=12, step=4), ())
        shared = r.answer(Decision("shared", "one", labels=("tanh", "silu")), (nn.Tanh, nn.SiLU))
        body, out = self.build(r, self.tree, width, "t", shared)
        return nn.Sequential(nn.Conv2d(2, width, 1), body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(out, 3))  # type: ignore[arg-type]

    def build(self, r: Resolver, tree: Plan, c: Any, path: str, shared: Any) -> tuple[nn.Module, Any]:
        def below(k: int, channels: Any = c) -> tuple[nn.Module, Any]:
            return self.build(r, tree[k], channels, f"{path}/{k}", shared)

        def kept(k: int) -> nn.Module:
            made, out = below(k)
            return nn.Sequential(made, nn.Conv2d(out, c, 1))

        match tree[0]:
            case "conv":
                out = r.answer(Decision(f"{path}/w", "integer", low=4, high=8, step=4), ())
                return nn.Conv2d(c, out, 3, padding=1), out
            case "same":
                k: Any = r.answer(Decision(f"{path}/k", "one", labels=("1", "3")), (1, 3))
                return nn.Conv2d(c, c, k, padding=k // 2), c
            case "norm":
                return nn.BatchNorm2d(c), c
            case "group norm":
                return nn.GroupNorm(4, c), c
            case "act":
                act: Any = r.answer(Decision(f"{path}/act", "one", labels=("relu", "gelu")), (nn.ReLU, nn.GELU))
                return act(), c
            case "shared act":
                return shared(), c
            case "depthwise":
                return nn.Conv2d(c, c, 3, padding=1, groups=c), c
            case "chain":
                parts = []
                for k in range(1, len(tree)):
                    part, c = below(k, c)
                    parts.append(part)
                return nn.Sequential(*parts), c
            case "residual":
                return Sum(nn.Identity(), kept(1)), c
            case "sum":
                return Sum(kept(1), kept(2)), c
            case "concat":
                made, out = below(1)
                return Side(made), c + out
            case "choice":
                options = (lambda: kept(1), lambda: kept(2), nn.Identity)
                op: Any = r.answer(Decision(f"{path}/op", "one", labels=("a", "b", "c")), options)
                return op(), c
            case "repeat":
                decision = Decision(f"{path}/n", "count", low=0, high=2)
                units = r.repeat(decision, lambda i: self._unit(r, tree[1], c, f"{path}[{i}]", shared))
                return nn.Sequential(*units), c
        raise AssertionError(tree)

    def _unit(self, r: Resolver, tree: Plan, c: Any, path: str, shared: Any) -> nn.Module:
        made, out = self.build(r, tree, c, path, shared)
        return nn.Sequential(made, nn.Conv2d(out, c, 1))


@pytest.mark.parametrize("seed", range(14))
def test_a_random_network_is_exact(seed: int, candidates: Any) -> None:
    program = Network(("chain", *(plan(random.Random(seed * 10 + k), 2) for k in range(3))))
    supernet, _ = build_supernet(program)
    proof = prove(supernet, torch.randn(2, 2, 3, 3), candidates(program, 12), candidates(program, 3, seed=1))
    assert proof.refused == {} and set(proof.mixed) == set(supernet.state.options)

    sample = candidates(program, 1, seed=2)[0]
    network = supernet.set(sample.setting())
    alone = sample.build()
    assert sum(p.numel() for p in network.parameters()) == sum(p.numel() for p in alone.parameters())


@pytest.mark.parametrize("seed", range(4))
def test_gradients_of_a_random_mixture_equal_central_differences(seed: int) -> None:
    program = Network(("chain", *(plan(random.Random(seed * 10 + k), 2) for k in range(3))))
    supernet, _ = build_supernet(program)
    supernet.to(dtype=torch.float64)
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(2, 2, 3, 3, dtype=torch.float64, generator=generator)
    weights = {
        p: torch.rand(len(v), dtype=torch.float64, generator=generator).softmax(0) for p, v in supernet.state.options.items()
    }
    support = {path: tuple(range(len(w))) for path, w in weights.items()}

    def loss(mixture: dict[str, torch.Tensor]) -> torch.Tensor:
        return supernet.set(Setting(support, mixture)).train()(x).tanh().sum()  # type: ignore[no-any-return]

    leaves = {path: w.clone().requires_grad_() for path, w in weights.items()}
    found = torch.autograd.grad(loss(leaves), list(leaves.values()), allow_unused=True)
    for (path, w), gradient in zip(weights.items(), found, strict=True):
        for k in range(len(w)):
            change = torch.zeros_like(w)
            change[k] = 1e-6
            difference = float((loss({**weights, path: w + change}) - loss({**weights, path: w - change})).detach()) / 2e-6
            assert abs((0.0 if gradient is None else float(gradient[k])) - difference) < 1e-7, (path, k)
