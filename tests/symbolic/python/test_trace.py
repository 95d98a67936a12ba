"""Tracing: how many runs it takes, what code may do with answers, and when it falls back to plain numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import symbolic as sym
from symbolic.python.places import name_places
from symbolic.python.trace import Trace, trace


class Unread(nn.Module):
    """Nothing is read in user code: arithmetic and library calls do not count."""

    def __init__(self) -> None:
        super().__init__()
        width, heads = sym.integer(8, 32, step=8), sym.oneof(1, 2, 4)
        layers = sym.integer(1, 2)
        rate = sym.floating(0.0, 0.5)
        act = sym.oneof(nn.ReLU, nn.GELU)
        self.attention = nn.MultiheadAttention(width, heads)
        self.encoder = nn.TransformerEncoderLayer(width, heads, width * 4, rate)
        self.memory = nn.LSTM(width, width // 2, num_layers=layers)
        self.norm = nn.GroupNorm(heads, width)
        self.body = nn.Sequential(*sym.repeat(lambda i: nn.Sequential(nn.Linear(width, width), act()), 0, 3, name="body"))


class Reading(nn.Module):
    """Everything that code commonly does with a number."""

    def __init__(self) -> None:
        super().__init__()
        width, depth, rate = sym.integer(8, 32, step=8), sym.integer(1, 3), sym.floating(0.1, 0.9)
        kernel = sym.oneof(1, 3, 5)
        assert isinstance(width, int) and isinstance(rate, float)
        self.shown = f"{width:>4} {rate:.1f} {depth}"
        self.numbers = [
            math.sqrt(width),
            divmod(width, 3),
            width & 7,
            max(width, 16),
            int(width * rate),
            round(rate, 1),
            -width,
        ]
        self.picked = [[1, 2, 3, 4][depth], {1: "a", 3: "b", 5: "c"}[kernel], "x" * depth, (0,) * kernel, width.bit_length()]
        self.arrays = [np.linspace(0, 1, depth), np.zeros((width, depth))]
        self.tensors = [torch.zeros(width), torch.arange(width), torch.linspace(0, 1, depth)]
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])


class RealNumbers(nn.Module):
    """A constructor that the meta device cannot run."""

    def __init__(self) -> None:
        super().__init__()
        depth = sym.integer(1, 2)
        self.rates = [x.item() for x in torch.linspace(0, 0.5, 2)]
        self.layers = nn.ModuleList(sym.repeat(lambda i: nn.Dropout(self.rates[i]), depth, name="layers"))
        if self.rates[1] > 0.4:
            self.last = sym.oneof(1, 2)


class Probed(nn.Module):
    """A number of the network itself decides; it runs on the meta device."""

    def __init__(self) -> None:
        super().__init__()
        width = sym.integer(8, 16, step=8)
        features = nn.Conv2d(3, width, 3)(torch.zeros(1, 3, 8, 8)).flatten(1).shape[1]
        if features == 16 * 36:
            self.bias = sym.oneof(True, False)


def found(target: Callable[[], object]) -> tuple[Trace, dict[str, dict[str, set[Any]]]]:
    made = trace(target, "target")
    name_places(made.root)
    return made, {d.path: {p.path: set(v) for p, v in made.conditions[d].items()} for d in made.decisions}


def test_what_is_not_read_takes_two_runs() -> None:
    made, conditions = found(Unread)
    assert made.runs == 2 and not any(conditions.values()) and len(conditions) == 6


def test_code_may_read_numbers() -> None:
    made, conditions = found(Reading)
    assert not any(conditions.values()) and set(conditions) == {"width", "depth", "rate", "kernel"}
    assert made.runs < 60


def test_a_constructor_that_needs_real_numbers_gets_them() -> None:
    made, conditions = found(RealNumbers)
    assert set(conditions) == {"depth", "last"}
    assert isinstance(made.result, RealNumbers) and made.result.rates == [0.0, 0.5]


def test_shapes_may_decide() -> None:
    assert found(Probed)[1] == {"width": {}, "bias": {"width": {16}}}


@pytest.mark.parametrize("target", [Unread, Reading, RealNumbers, Probed])
def test_candidates_build(target: type[nn.Module]) -> None:
    for candidate in sym.space(target).sample(5):
        assert isinstance(candidate.build(), target)


class Bushy:
    """Options inside options: as many calls as there are leaves."""

    def __init__(self, depth: int = 30) -> None:
        if depth:
            self.o = sym.oneof({"a": lambda: Bushy(depth - 1), "b": lambda: Bushy(depth - 1)})()


def test_too_many_decisions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symbolic.python.session._MAX_DECISIONS", 200)
    with pytest.raises(sym.SpaceError, match="E405 one run asks more than 200 decisions"):
        trace(Bushy, "Bushy")


class Long:
    def __init__(self) -> None:
        self.n = sym.integer(0, 2**31)


class Endless:
    def __init__(self) -> None:
        self.n = sym.integer(0, 10**60)


@pytest.mark.parametrize("target", [Long, Endless])
def test_a_range_too_long_to_count_is_refused(target: type) -> None:
    with pytest.raises(sym.SpaceError, match="E405"):
        sym.space(target).lower()
