"""Gradients with respect to option weights: central differences, sampled options only, shared choices, weights of 1."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from backends.supernet.state import Setting
from backends.supernet.supernet import Supernet, build_supernet
from symbolic.resolver import Decision, Resolver


class Scale(nn.Module):
    """An option that counts how often it runs."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(factor))
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return x * self.weight


def program(r: Resolver) -> nn.Module:
    width = r.answer(Decision("width", "integer", low=2, high=6, step=2), ())
    kernel: Any = r.answer(Decision("kernel", "one", labels=("1", "3")), (1, 3))
    act: Any = r.answer(Decision("act", "one", labels=("tanh", "sigmoid")), (nn.Tanh, nn.Sigmoid))
    units = r.repeat(
        Decision("depth", "count", low=0, high=2),
        lambda i: nn.Sequential(nn.Conv2d(width, width, kernel, padding=kernel // 2), nn.BatchNorm2d(width), act()),
    )
    drop = r.answer(Decision("drop", "one", labels=("0.0", "0.3")), (0.0, 0.3))
    first = nn.Conv2d(1, width, kernel, padding=kernel // 2)
    return nn.Sequential(
        first, act(), nn.Sequential(*units), nn.Dropout(drop), nn.Flatten(), nn.LayerNorm(width * 9), nn.Linear(width * 9, 3)
    )


OPTIONS = {"width": 3, "kernel": 2, "act": 2, "depth": 3, "drop": 2}


def mixture(weights: dict[str, Tensor]) -> Setting:
    return Setting({path: tuple(range(len(w))) for path, w in weights.items()}, weights)


def interior(dtype: torch.dtype = torch.float64) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(3)
    return {p: torch.rand(n, generator=generator).softmax(0).to(dtype) for p, n in OPTIONS.items()}


def loss(supernet: Supernet, setting: Setting, x: Tensor) -> Tensor:
    torch.manual_seed(5)
    return supernet.set(setting).train()(x).square().sum()  # type: ignore[no-any-return]


@pytest.fixture
def supernet() -> Supernet:
    made, _ = build_supernet(program)
    made.to(dtype=torch.float64)
    return made


@pytest.fixture
def inputs() -> Tensor:
    return torch.randn(3, 1, 3, 3, dtype=torch.float64)


def test_the_gradient_of_a_mixture_equals_central_differences(supernet: Supernet, inputs: Tensor) -> None:
    weights = {path: w.requires_grad_() for path, w in interior().items()}
    gradients = torch.autograd.grad(loss(supernet, mixture(weights), inputs), list(weights.values()))
    plain = {path: w.detach() for path, w in weights.items()}
    step = 1e-6
    for (path, w), gradient in zip(plain.items(), gradients, strict=True):
        for k in range(len(w)):
            change = torch.zeros_like(w)
            change[k] = step
            up = loss(supernet, mixture({**plain, path: w + change}), inputs)
            down = loss(supernet, mixture({**plain, path: w - change}), inputs)
            difference = float((up - down).detach() / (2 * step))
            assert abs(float(gradient[k]) - difference) < 1e-8 * max(1.0, float(up.detach())), (path, k)


def test_weights_of_a_mixture_get_exact_gradients_too(supernet: Supernet, inputs: Tensor) -> None:
    setting = mixture(interior())
    loss(supernet, setting, inputs).backward()
    for parameter in supernet.parameters:
        assert parameter.grad is not None
        flat, gradient = parameter.data.view(-1), parameter.grad.view(-1)
        kept = float(flat[0])
        flat[0] = kept + 1e-6
        up = loss(supernet, setting, inputs)
        flat[0] = kept - 1e-6
        down = loss(supernet, setting, inputs)
        flat[0] = kept
        assert abs(float((up - down).detach() / 2e-6) - float(gradient[0])) < 1e-5


def test_tensors_of_options_that_are_not_used_get_no_gradient(inputs: Tensor) -> None:
    supernet, _ = build_supernet(lambda r: nn.Sequential(choice(r), nn.Flatten()))
    weight = torch.ones(1, requires_grad=True)
    supernet.set(Setting({"op": (1,)}, {"op": weight}))(inputs.float()).sum().backward()
    gradients = {name: p.grad for name, p in supernet.named_parameters.items()}
    assert gradients["0.options.0.weight"] is None and gradients["0.options.2.weight"] is None
    assert gradients["0.options.1.weight"] is not None and weight.grad is not None


def choice(r: Resolver) -> Any:
    return r.answer(Decision("op", "one", labels=("a", "b", "c")), (Scale(1.0), Scale(2.0), Scale(3.0)))


@pytest.mark.parametrize("used", [(0,), (2,), (0, 2), (0, 1, 2)])
def test_only_the_options_in_use_are_computed(used: tuple[int, ...]) -> None:
    supernet, _ = build_supernet(lambda r: nn.Sequential(choice(r)))
    weights = torch.full((len(used),), 1 / len(used))
    supernet.set(Setting({"op": used}, {"op": weights}))(torch.ones(2))
    options = [supernet.modules[f"0.options.{k}"] for k in range(3)]
    assert [option.calls for option in options] == [int(k in used) for k in range(3)]


def test_a_weight_of_exactly_one_changes_nothing_and_has_a_gradient(supernet: Supernet, inputs: Tensor) -> None:
    codes = {"width": (1,), "kernel": (1,), "act": (0,), "depth": (2,), "drop": (0,)}
    plain = loss(supernet, Setting(codes), inputs)
    weights = {path: torch.ones(1, dtype=torch.float64, requires_grad=True) for path in codes}
    hard = loss(supernet, Setting(codes, weights), inputs)
    assert torch.equal(plain, hard)
    found = torch.autograd.grad(hard, list(weights.values()))
    scaled = {path: torch.full((1,), 1 + 1e-6, dtype=torch.float64) for path in codes}
    for path, gradient in zip(codes, found, strict=True):
        up = loss(supernet, Setting(codes, {path: scaled[path]}), inputs)
        assert abs(float((up - plain).detach() / 1e-6) - float(gradient)) < 1e-3 * max(1.0, abs(float(gradient)))


def test_a_shared_choice_sums_the_gradients_of_its_uses() -> None:
    def twice(r: Resolver) -> nn.Module:
        act: Any = r.answer(Decision("act", "one", labels=("tanh", "sigmoid")), (nn.Tanh, nn.Sigmoid))
        return nn.Sequential(act(), act())

    def apart(r: Resolver) -> nn.Module:
        made: list[Any] = [
            r.answer(Decision(f"act{i}", "one", labels=("tanh", "sigmoid")), (nn.Tanh, nn.Sigmoid)) for i in (0, 1)
        ]
        return nn.Sequential(*(m() for m in made))

    x = torch.randn(4, dtype=torch.float64)
    w = torch.tensor([0.3, 0.7], dtype=torch.float64, requires_grad=True)
    shared, _ = build_supernet(twice)
    (together,) = torch.autograd.grad(shared.set(mixture({"act": w}))(x).sum(), [w])
    single = [w.detach().clone().requires_grad_() for _ in (0, 1)]
    separate, _ = build_supernet(apart)
    parts = torch.autograd.grad(separate.set(mixture({"act0": single[0], "act1": single[1]}))(x).sum(), single)
    assert torch.allclose(together, parts[0] + parts[1], atol=1e-14)


def test_a_mixture_over_a_subset_is_the_sum_over_it(supernet: Supernet, inputs: Tensor) -> None:
    whole = {p: w.clone() for p, w in interior().items()}
    whole["act"], whole["depth"] = torch.tensor([1.0, 0.0]).double(), torch.tensor([0.4, 0.0, 0.6]).double()
    support = {p: tuple(range(n)) for p, n in OPTIONS.items()}
    some = Setting(
        {**support, "act": (0,), "depth": (0, 2)}, {**whole, "act": whole["act"][:1], "depth": whole["depth"][[0, 2]]}
    )
    assert torch.allclose(loss(supernet, Setting(support, whole), inputs), loss(supernet, some, inputs), atol=1e-12, rtol=0)


def test_dropout_rates_of_a_mixture_share_one_noise_field(supernet: Supernet) -> None:
    def drops(r: Resolver) -> nn.Module:
        return nn.Sequential(nn.Dropout(r.answer(Decision("p", "one", labels=("0", "1")), (0.0, 0.5))))  # type: ignore[arg-type]

    made, _ = build_supernet(drops)
    x, w = torch.ones(2000), torch.tensor([0.25, 0.75])
    y = made.set(Setting({"p": (0, 1)}, {"p": w})).train()(x)
    assert {round(v, 4) for v in y.unique().tolist()} == {0.25, 1.75}
    assert abs(float(y.mean()) - 1.0) < 0.05
