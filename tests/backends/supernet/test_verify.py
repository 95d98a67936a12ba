"""The proof on hand-written programs: what is mixed inside, what moves outwards, what is refused, that it can fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from backends.supernet.refusal import Refusal
from backends.supernet.supernet import build_supernet
from backends.supernet.verify import INSIDE, Proof, prove
from symbolic.resolver import Decision, Resolver

Program = Callable[[Resolver], nn.Module]


def integer(r: Resolver, path: str, low: int, high: int, step: int = 1) -> Any:
    return r.answer(Decision(path, "integer", low=low, high=high, step=step), ())


def oneof(r: Resolver, path: str, **options: Any) -> Any:
    return r.answer(Decision(path, "one", labels=tuple(options)), tuple(options.values()))


def kernels(r: Resolver, path: str) -> Any:
    return r.answer(Decision(path, "one", labels=("1", "3", "5")), (1, 3, 5))


def head(width: Any) -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 4)]


class Add(nn.Module):
    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x)


def widths(r: Resolver) -> nn.Module:
    a, b = integer(r, "a", 2, 6, 2), integer(r, "b", 1, 4)
    return nn.Sequential(
        nn.Conv2d(3, a, 3, padding=1), nn.BatchNorm2d(a), nn.ReLU(), nn.Conv2d(a, b * 2, 1), nn.ReLU(), *head(b * 2)
    )


def kernel(r: Resolver) -> nn.Module:
    k, a = kernels(r, "k"), integer(r, "a", 2, 4)
    return nn.Sequential(nn.Conv2d(3, a, k, padding=k // 2), nn.ReLU(), nn.Conv2d(a, a, k, padding=k // 2), *head(a))


def depth(r: Resolver) -> nn.Module:
    a = integer(r, "a", 2, 4)

    def unit(i: int) -> nn.Module:
        k = kernels(r, f"body[{i}]/k")
        return nn.Sequential(nn.Conv2d(a, a, k, padding=k // 2), nn.BatchNorm2d(a), nn.Tanh())

    units = r.repeat(Decision("body", "count", low=0, high=3), unit)
    return nn.Sequential(
        nn.Conv2d(3, a, 1),
        nn.Sequential(*units),
        nn.Conv2d(a, 4, 1),
        *r.repeat(Decision("more", "count", low=1, high=2), lambda i: Add(nn.Conv2d(4, 4, 1))),
        *head(4),
    )


def operators(r: Resolver) -> nn.Module:
    a = integer(r, "a", 2, 4)
    act = oneof(r, "act", relu=nn.ReLU, gelu=nn.GELU, silu=nn.SiLU)

    def conv() -> nn.Module:
        k = kernels(r, "op/conv/k")
        return nn.Sequential(nn.Conv2d(a, a, k, padding=k // 2), nn.BatchNorm2d(a), act())

    def nested() -> nn.Module:
        return oneof(r, "op/nested", one=lambda: nn.Conv2d(a, a, 1), two=lambda: nn.Sequential(nn.Conv2d(a, a, 1), act()))()  # type: ignore[no-any-return]

    op = oneof(r, "op", conv=conv, nested=nested, skip=nn.Identity, pool=lambda: nn.AvgPool2d(3, 1, 1))
    return nn.Sequential(nn.Conv2d(3, a, 1), act(), op(), *head(a))


def modules(r: Resolver) -> nn.Module:
    return nn.Sequential(oneof(r, "m", small=nn.Conv2d(3, 4, 1), large=nn.Conv2d(3, 4, 3, padding=1)), *head(4))


def separable(r: Resolver) -> nn.Module:
    a, t, k = integer(r, "a", 2, 4), integer(r, "t", 1, 3), kernels(r, "k")
    h = a * t
    body = nn.Sequential(
        nn.Conv2d(a, h, 1), nn.ReLU(), nn.Conv2d(h, h, k, padding=k // 2, groups=h), nn.BatchNorm2d(h), nn.Conv2d(h, a, 1)
    )
    return nn.Sequential(nn.Conv2d(3, a, 1), Add(body), *head(a))


def norms(r: Resolver) -> nn.Module:
    a = integer(r, "a", 4, 12, 4)
    return nn.Sequential(
        nn.Conv2d(3, a, 1), nn.GroupNorm(4, a), nn.ReLU(),
        nn.Conv2d(a, a, 3, padding=1, groups=4), nn.InstanceNorm2d(a, affine=True),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LayerNorm(a), nn.Linear(a, a), nn.RMSNorm(a), nn.Linear(a, 4),
    )  # fmt: skip


class Cat(nn.Module):
    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x, self.body(x)], 1)


def concat(r: Resolver) -> nn.Module:
    a, b = integer(r, "a", 2, 4), integer(r, "b", 2, 4)
    return nn.Sequential(nn.Conv2d(3, a, 1), Cat(nn.Conv2d(a, b, 1)), nn.Conv2d(a + b, 4, 1), *head(4))


def flat(r: Resolver) -> nn.Module:
    a = integer(r, "a", 2, 4)
    return nn.Sequential(nn.Conv2d(3, a, 1), nn.Flatten(), nn.Linear(a * 16, 4))


class Own(nn.Module):
    """A user's layer with its own parameter and a size in an attribute."""

    def __init__(self, width: Any) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.randn(width) * 0.1)
        self.width = width

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        assert x.shape[1] == self.width
        return x * self.scale.view(-1, 1, 1)


def own(r: Resolver) -> nn.Module:
    a = integer(r, "a", 2, 4)
    return nn.Sequential(nn.Conv2d(3, a, 1), Own(a), *head(a))


def pair(r: Resolver) -> nn.Module:
    k = r.answer(Decision("k", "one", labels=("1x3", "3x1")), ((1, 3), (3, 1)))
    return nn.Sequential(nn.Conv2d(3, 4, k, padding=(k[0] // 2, k[1] // 2)), *head(4))


def dropout(r: Resolver) -> nn.Module:
    p = r.answer(Decision("p", "one", labels=("0.1", "0.5")), (0.1, 0.5))
    q = r.answer(Decision("q", "float", low=0.0, high=0.5), ())
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.Dropout(p), nn.Dropout(q), *head(4))


INSIDE_PROGRAMS = [widths, kernel, depth, operators, modules, separable, norms, concat, flat, own, pair, dropout]


def proof(program: Program, candidates: Callable[..., Any], count: int = 25) -> Proof:
    supernet, _ = build_supernet(program)
    inputs = torch.randn(4, 3, 4, 4)
    return prove(supernet, inputs, candidates(program, count), candidates(program, 6, seed=1))


@pytest.mark.parametrize("program", INSIDE_PROGRAMS, ids=lambda p: p.__name__)
def test_every_decision_is_mixed_inside(program: Program, candidates: Any) -> None:
    found = proof(program, candidates)
    assert found.refused == {}
    assert set(found.mixed.values()) == {INSIDE}


class Loop(nn.Module):
    """A depth in a user's own loop that adds around the unit: no sum over depths is exact inside."""

    def __init__(self, units: Any) -> None:
        super().__init__()
        self.units = nn.ModuleList(units)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for unit in self.units:
            x = x + unit(x)
        return x


def own_loop(r: Resolver) -> nn.Module:
    units = r.repeat(Decision("loop/units", "count", low=1, high=3), lambda i: nn.Conv2d(3, 3, 1))
    return nn.Sequential(Loop(units), *head(3))


def stride(r: Resolver) -> nn.Module:
    s = r.answer(Decision("stride", "one", labels=("1", "2")), (1, 2))
    return nn.Sequential(nn.Conv2d(3, 4, 3, stride=s, padding=1), *head(4))


def swapped_concat(r: Resolver) -> nn.Module:
    """The written order of the sum is not that of the concatenation."""
    a, b = integer(r, "a", 2, 4), integer(r, "b", 2, 4)
    return nn.Sequential(nn.Conv2d(3, a, 1), Cat(nn.Conv2d(a, b, 1)), nn.Conv2d(b + a, 4, 1), nn.ReLU(), *head(4))


OUTSIDE_PROGRAMS = {own_loop: {"loop/units"}, stride: {"stride"}, swapped_concat: {"a", "b"}}


@pytest.mark.parametrize("program", OUTSIDE_PROGRAMS, ids=lambda p: p.__name__)
def test_what_is_not_exact_inside_moves_outwards(program: Program, candidates: Any) -> None:
    found = proof(program, candidates)
    assert found.refused == {}
    outside = {path for path, place in found.mixed.items() if place != INSIDE}
    assert outside and outside <= OUTSIDE_PROGRAMS[program]
    assert all(found.mixed[path].startswith("at the output of") for path in outside)


def test_an_output_that_is_no_tensor_cannot_be_mixed(candidates: Any) -> None:
    class Sizes(nn.Module):
        def __init__(self, width: Any) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, width, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.conv(x)

    found = proof(lambda r: Sizes(integer(r, "a", 2, 3)), candidates)
    assert found.mixed == {}
    assert "cannot be mixed" in found.refused["a"] or "differs by inf" in found.refused["a"]


def test_many_options_are_not_mixed_at_an_output(candidates: Any) -> None:
    def program(r: Resolver) -> nn.Module:
        units = r.repeat(Decision("units", "count", low=1, high=20), lambda i: nn.Conv2d(3, 3, 1))
        return nn.Sequential(Loop(units), *head(3))

    found = proof(program, candidates, count=60)
    assert "too many options (20, at most 16)" in found.refused["units"]


def test_outputs_that_would_run_too_often_together_are_refused(candidates: Any) -> None:
    def program(r: Resolver) -> nn.Module:
        pools = [oneof(r, f"pool{i}", one=1, two=2, three=3) for i in range(5)]
        layers = [nn.Sequential(nn.MaxPool2d(k, stride=1, padding=k // 2), nn.AdaptiveAvgPool2d(4)) for k in pools[:2]]
        strides = [nn.Conv2d(3, 3, 3, stride=k, padding=1) for k in pools[2:]]
        return nn.Sequential(*layers, *strides, *head(3))

    found = proof(program, candidates, count=30)
    assert list(found.refused) == ["pool4"]
    assert (
        found.refused["pool4"] == "too many runs at the output of `the network` together with other decisions: 81, at most 64"
    )
    assert max(found.runs.values()) == 3


def test_a_network_that_computes_something_else_is_refused(candidates: Any) -> None:
    class Counts(nn.Module):
        """Reads how many channels the largest network would have."""

        def __init__(self, width: Any) -> None:
            super().__init__()
            self.factor = len(nn.Conv2d(1, width, 1).weight)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * self.factor

    with pytest.raises(Refusal, match="computes something else than the standalone network"):
        proof(lambda r: nn.Sequential(Counts(integer(r, "a", 2, 4)), *head(3)), candidates)


class Measured(nn.Module):
    """Sizes its last layer by a look at the tensors it has."""

    def __init__(self, width: Any, size: Callable[[nn.Conv2d], int], places: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, width, 1)
        self.pool = nn.AdaptiveAvgPool2d(places)
        self.head = nn.Linear(size(self.conv) * places * places, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.pool(self.conv(x)).flatten(1)
        return self.head(y[:, : self.head.in_features])  # type: ignore[no-any-return]


@pytest.mark.parametrize("places", [1, 2])
def test_a_size_that_was_measured_is_explained(candidates: Any, places: int) -> None:
    found = proof(lambda r: Measured(integer(r, "a", 2, 4), lambda conv: len(conv.weight), places), candidates)
    assert found.mixed == {"a": INSIDE}


def test_a_size_that_nothing_explains_is_refused(candidates: Any) -> None:
    with pytest.raises(Refusal, match=r"nothing explains the sizes \[1, 2, 4\] of axis 1 of `head\.weight`"):
        proof(lambda r: Measured(integer(r, "a", 2, 4), lambda conv: [0, 0, 1, 2, 4][len(conv.weight)], 1), candidates)


def test_other_names_of_tensors_are_refused(candidates: Any) -> None:
    class Sometimes(nn.Module):
        def __init__(self, width: Any) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, width, 1)
            if len(self.conv.weight) > 3:
                self.more = nn.Linear(2, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.conv(x).mean((1, 2, 3))

    with pytest.raises(Refusal, match=r"other tensors than the network it stands for: `more\.weight` \[2, 2\] instead of"):
        proof(lambda r: Sometimes(integer(r, "a", 2, 4)), candidates)


def test_the_proof_leaves_no_trace(candidates: Any) -> None:
    supernet, _ = build_supernet(depth)
    samples = candidates(depth, 10)
    before = {name: tensor.clone() for name, tensor in supernet.tensors().items()}
    parameters = [id(p) for p in supernet.parameters]
    generator = torch.get_rng_state()
    prove(supernet, torch.randn(4, 3, 4, 4, generator=torch.Generator().manual_seed(1)), samples)
    after = supernet.tensors()
    assert torch.equal(generator, torch.get_rng_state())
    assert [id(p) for p in supernet.parameters] == parameters
    assert all(torch.equal(before[name], after[name]) and before[name].dtype == after[name].dtype for name in before)


def test_a_forward_that_insists_on_float32_is_proved_loosely(candidates: Any) -> None:
    class Single(nn.Module):
        def __init__(self, width: Any) -> None:
            super().__init__()
            self.linear = nn.Linear(3, width)
            self.last = nn.Linear(width, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.last(self.linear(x.mean((2, 3)).float()))  # type: ignore[no-any-return]

    found = proof(lambda r: Single(integer(r, "a", 2, 4)), candidates)
    assert found.mixed == {"a": INSIDE}
