"""Networks as users write them, each with one thing that a text must not lose. All take `[batch, 8]`."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import attrs
import pytest
import torch
from torch import nn
from torch.nn import functional

from backends.torch.emit.emit import emit

SCALE = 1.5
TABLE = {"relu": functional.relu, "tanh": torch.tanh}


def shifted(x: torch.Tensor, by: float = SCALE) -> torch.Tensor:
    """A helper that reads a constant by its default, and another helper."""
    return doubled(x) + by


def doubled(x: torch.Tensor) -> torch.Tensor:
    return 2 * x / math.sqrt(4.0)


class Helpers(nn.Module):
    """Functions, constants and a table of functions outside the class."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(8, 8)
        self.kind = "tanh"

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = TABLE[self.kind](shifted(self.first(x))) * SCALE
        return y


class Tied(nn.Module):
    """Two layers with one weight."""

    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.Linear(8, 8, bias=False)
        self.layers = nn.Sequential(nn.ReLU(), nn.Linear(8, 8))
        self.layers[1].weight = self.encode.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.layers(self.encode(x))
        return y


class Twice(nn.Module):
    """A module under three names, one of them below another module."""

    def __init__(self) -> None:
        super().__init__()
        self.unit = nn.Sequential(nn.Linear(8, 8), nn.Tanh())
        self.again = self.unit
        self.layers = nn.ModuleList([self.unit[0], nn.Linear(8, 8)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = layer(x)
        y: torch.Tensor = self.again(self.unit(x))
        return y


class Tensors(nn.Module):
    """Parameters and buffers of its own, kept and not kept, a missing one, and a plain tensor."""

    table: torch.Tensor
    places: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.rand(8))
        self.fixed = nn.Parameter(torch.full((8,), 0.3), requires_grad=False)
        self.register_parameter("bias", None)
        self.register_buffer("table", torch.randn(2, 8))
        self.register_buffer("places", torch.arange(8), persistent=False)
        self.mask = torch.tensor([True, False] * 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = (x * self.scale + self.fixed)[:, self.places.flip(0)]
        return torch.where(self.mask, y, y + self.table[0]) + (0 if self.bias is None else self.bias)


class Methods(nn.Module):
    """A private method, a property, a static and a class method, a constant of the class, a method of another module."""

    factor = 3

    def __init__(self) -> None:
        super().__init__()
        self.inner = Inner(4)
        self.outer = Inner(2)

    @property
    def half(self) -> float:
        return self.factor / 2

    @staticmethod
    def clipped(x: torch.Tensor) -> torch.Tensor:
        return x.clamp(-2.0, 2.0)

    @classmethod
    def power(cls) -> int:
        return cls.factor

    def __mixed(self, x: torch.Tensor, *, by: float = 0.5) -> torch.Tensor:
        return x * by + self.half

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.clipped(self.__mixed(self.inner.encode(x))) ** self.power() + self.outer.groups

    def never_run(self) -> None:
        raise RuntimeError("this is in no text")


class Inner(nn.Module):
    """Its `forward` is never run; another module calls a method of it, and reads an attribute."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups
        self.layer = nn.Linear(8, 8)

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.layer(x)
        return y.unflatten(1, (self.groups, -1)).flip(1).flatten(1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError


class Base(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(8, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x) * self.weight()

    def weight(self) -> float:
        return 2.0


class Derived(Base):
    """`super()` of a class of the user's, in `forward` and in a method that it overrides."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(super().forward(x)) + x

    def weight(self) -> float:
        return super().weight() + 1


class Norm(nn.LayerNorm):
    """Extends a layer of PyTorch, and runs it by `super()`."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.flip(1)).flip(1)


class Scaled(nn.Linear):
    """Extends a layer of PyTorch with a parameter and a child."""

    def __init__(self, width: int) -> None:
        super().__init__(width, width, bias=False)
        self.scale = nn.Parameter(torch.ones(width))
        self.act = nn.GELU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.act(functional.linear(x, self.weight) * self.scale)
        return y


class Chain(nn.Sequential):
    """Extends a container, with a `forward` of its own."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for k, layer in enumerate(self):
            x = layer(x) + k
        return x


class Listed(nn.Module):
    """Modules in a plain list and in a dict of modules, a function and a partial one as attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleDict({"a": nn.Linear(8, 8), "b": nn.Linear(8, 8)})
        self.order = [self.parts["b"], self.parts["a"]]
        self.function = functional.silu
        self.partial = functools.partial(shifted, by=0.25)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for part in self.order:
            x = self.partial(self.function(part(x)))
        return x


class Dropped(nn.Module):
    """Random numbers while training, `self.training`, a method without gradients."""

    def __init__(self) -> None:
        super().__init__()
        self.drop = nn.Dropout(0.4)
        self.layer = nn.Linear(8, 8)

    @torch.no_grad()
    def noise(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.layer(torch.randn_like(x))
        return y

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.drop(self.layer(x))
        return y + self.noise(x) if self.training else y


class Frozen(nn.Module):
    """Weights that are not trained, and normalisation that stays in evaluation mode."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(8)
        self.layer = nn.Linear(8, 8)
        self.layer.weight.requires_grad_(False)

    def train(self, mode: bool = True) -> Frozen:
        super().train(mode)
        self.norm.eval()
        return self

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.layer(self.norm(x))
        return y


class Several(nn.Module):
    """Outputs in a dict and a tuple."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(8, 4)

    def forward(self, x: torch.Tensor) -> dict[str, object]:
        y = self.layer(x)
        return {"y": y, "more": (y.sum(1), None)}


class Repeated(nn.Module):
    """Equal and unequal modules of one class: equal bodies are one class."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = Inner(4), Inner(4), Inner(2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.a.encode(self.b.encode(self.c.encode(x)))


def closure(power: int) -> nn.Module:
    """A class that reads variables of the function around it."""

    def raised(x: torch.Tensor) -> torch.Tensor:
        return x**power

    class Powered(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(8, 8)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return raised(self.layer(x)) * power

    return Powered()


def two_closures() -> nn.Module:
    """Two classes of one name that read different values under one name."""
    return nn.Sequential(closure(2), closure(3))


def hidden() -> nn.Module:
    """A weight of zeros that would hide everything in front of it."""
    last = nn.Linear(8, 3)
    nn.init.zeros_(last.weight)
    return nn.Sequential(nn.Linear(8, 8), nn.Tanh(), last)


@attrs.frozen
class Config:
    """Settings as a record."""

    width: int
    slope: float
    act: Callable[[torch.Tensor], torch.Tensor] = torch.tanh


class Configured(nn.Module):
    """Reads a record of settings in `forward`."""

    def __init__(self) -> None:
        super().__init__()
        self.config = Config(4, 0.5)
        self.layer = nn.Linear(8, self.config.width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.config.act(self.layer(x)) * self.config.slope


class Lists(nn.Module):
    """Parameters in a list and in a dict of PyTorch's."""

    def __init__(self) -> None:
        super().__init__()
        self.scales = nn.ParameterList([nn.Parameter(torch.rand(8)) for _ in range(2)])
        self.named = nn.ParameterDict({"shift": nn.Parameter(torch.zeros(8))})

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for scale in self.scales:
            x = x * scale
        return x + self.named["shift"]


class Extended(nn.Module):
    """Layers that hold layers, and a recurrent one."""

    def __init__(self) -> None:
        super().__init__()
        block = nn.TransformerEncoderLayer(4, 2, 6, dropout=0.2, activation="gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(block, 2, nn.LayerNorm(4), enable_nested_tensor=False)
        self.cells = nn.RNN(4, 3, num_layers=2, nonlinearity="relu", batch_first=True, bidirectional=True)
        self.attention = nn.MultiheadAttention(6, 2, dropout=0.1, bias=False, add_bias_kv=True, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.cells(self.encoder(x.unflatten(1, (2, 4))))[0]
        z: torch.Tensor = self.attention(y, y, y, need_weights=False)[0]
        return z


def double_precision() -> nn.Module:
    return nn.Sequential(nn.Linear(8, 4), nn.ReLU()).double()


NETWORKS: list[Callable[[], nn.Module]] = [
    *(Helpers, Tied, Twice, Tensors, Methods, Derived, Listed, Dropped, Frozen, Several, Repeated, Configured),
    *(Lists, Extended),
    *(two_closures, hidden, double_precision),
    lambda: Norm(8),
    lambda: Scaled(8),
    lambda: Chain(nn.Linear(8, 8), nn.ReLU()),
]


def name(make: Callable[[], nn.Module]) -> str:
    return type(make()).__name__ if make.__name__ == "<lambda>" else make.__name__


def inputs(network: nn.Module) -> torch.Tensor:
    first = next(network.parameters(), None)
    return torch.randn(5, 8, dtype=torch.float32 if first is None else first.dtype)


@pytest.mark.parametrize("make", NETWORKS, ids=name)
def test_a_text_computes_what_the_network_does(make: Callable[[], nn.Module], executed: Callable, agree: Callable) -> None:
    network = make()
    text = emit(network, inputs(network))
    assert "symbolic" not in text and "backends" not in text and "test_networks" not in text
    agree(network, executed(text), inputs(network))


@pytest.mark.parametrize("make", NETWORKS, ids=name)
def test_a_text_is_the_same_each_time(make: Callable[[], nn.Module]) -> None:
    network = make()
    assert emit(network, inputs(network)) == emit(network, inputs(network))


def test_emitting_leaves_the_network_and_the_random_numbers_alone() -> None:
    network = Dropped().eval()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    x = inputs(network)
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    emit(network, x)
    assert torch.equal(torch.rand(1), expected)
    assert not network.training
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    assert all(p.grad is None for p in network.parameters())


@pytest.mark.parametrize(("make", "tied"), [(Tied, "layers.1.weight"), (Twice, "again.0.weight"), (Twice, "layers.0.bias")])
def test_what_was_one_tensor_stays_one(make: Callable[[], nn.Module], tied: str, executed: Callable) -> None:
    made = executed(emit(make(), torch.randn(5, 8)))
    names = [name for name, _ in made.named_parameters()]
    assert tied not in names
    assert names == [name for name, _ in make().named_parameters()]


def test_equal_bodies_are_one_class_and_others_are_numbered() -> None:
    text = emit(Repeated(), torch.randn(5, 8))
    assert [line for line in text.splitlines() if line.startswith("class ")] == [
        "class Inner(nn.Module):",
        "class Inner2(nn.Module):",
        "class Repeated(nn.Module):",
    ]


def test_only_what_forward_reaches_is_written() -> None:
    text = emit(Methods(), torch.randn(5, 8))
    assert "never_run" not in text
    assert "def encode" in text


def test_buffers_and_frozen_weights_keep_their_values(executed: Callable) -> None:
    network = Tensors()
    made = executed(emit(network, torch.randn(5, 8)))
    assert torch.equal(made.table, network.table)
    assert torch.equal(made.fixed, network.fixed) and not made.fixed.requires_grad
    assert torch.equal(made.mask, network.mask)
    assert made.state_dict().keys() == network.state_dict().keys()


def test_a_text_runs_where_this_library_is_not(alone: Callable) -> None:
    statement = "print(sum(p.numel() for p in build().parameters()))"
    assert alone(emit(Helpers(), torch.randn(5, 8)), statement) == str(8 * 8 + 8)


def test_the_function_may_have_another_name() -> None:
    assert emit(nn.Linear(8, 2), torch.randn(5, 8), name="network").endswith("def network():\n    return nn.Linear(8, 2)\n")
