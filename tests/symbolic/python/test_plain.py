"""Outside a search an annotated class is ordinary code, and what a candidate builds holds no object of ours."""

from __future__ import annotations

import copy
import inspect
import io
import pickle
import threading
from collections.abc import Callable
from typing import Annotated, Any

import pytest
import torch
from torch import nn

import symbolic as sym
from symbolic.candidate import Candidate


class Unit(nn.Module):
    def __init__(self, width: int, act: type[nn.Module], block: Callable[..., nn.Module]) -> None:
        super().__init__()
        self.linear = nn.Linear(width, sym.oneof(2, 4, name="out"))
        self.kept = act
        self.act, self.block, self.again = act(), block(), block


class Inner(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = sym.floating(0.5, 2.0, log=True)


@sym.searchable
class Net(nn.Module):
    """A network with every kind of choice; it keeps the options that it was given."""

    def __init__(self, width: Annotated[int, sym.Range(8, 32, step=8)] = 16, *, bias: bool = sym.OneOf(True, False)) -> None:
        super().__init__()
        act = sym.oneof(nn.ReLU, nn.GELU, default=nn.GELU)
        block = sym.oneof(Inner, nn.Identity)
        self.unit = Unit(width, act, block)
        self.body = nn.ModuleList(sym.repeat(lambda i: nn.Linear(2, 2, bias=bias), 1, 3, default=2, name="body"))
        self.rate = sym.floating(0.0, 0.5)
        self.width, self.bias = width, bias


@sym.searchable
def fill(first: Annotated[int, sym.Range(1, 3, default=2)], second: Annotated[str, sym.OneOf("a", "b")]) -> tuple[int, str]:
    """A function whose choices have no plain defaults."""
    return first, second


class Child(Net):
    def __init__(self) -> None:
        super().__init__(width=8)


def test_defaults() -> None:
    net = Net()
    assert (net.width, net.bias, net.rate, len(net.body)) == (16, True, 0.25, 2)
    assert type(net.width) is int and type(net.rate) is float and net.unit.kept is nn.GELU and net.unit.again is Inner
    assert net.unit.block.scale == pytest.approx(1.0)
    assert Net(8, bias=False).bias is False
    assert Child().width == 8


def test_the_signature_shows_plain_defaults() -> None:
    parameters = inspect.signature(Net).parameters
    assert parameters["width"].default == 16 and parameters["bias"].default is True
    assert fill() == (2, "a") and fill(3) == (3, "a") and fill(second="b") == (2, "b")  # type: ignore[call-arg]
    assert [p.default for p in inspect.signature(fill).parameters.values()] == [2, "a"]


def test_the_class_object_is_the_same() -> None:
    class Plain:
        def __init__(self, width: int = sym.Range(1, 3)) -> None:
            self.width = width

    decorated = sym.searchable(Plain)
    assert decorated is Plain and Plain().width == 1
    assert not [name for name in vars(Plain) if "sym" in name]


def _of_ours(value: Any) -> list[str]:
    """Return the classes of this library that a pickle names."""
    buffer = io.BytesIO()
    torch.save(value, buffer)
    words = pickle.dumps(value) + buffer.getvalue()
    return [name for name in ("symbolic.python.session", "symbolic.python.probe", "Inside") if name.encode() in words]


def _pairs(net: Net) -> list[tuple[str, torch.Tensor]]:
    return sorted(net.state_dict().items())


def test_copies_and_pickles_of_a_plain_network_are_equal() -> None:
    net = Net()
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert all(a == b and torch.equal(x, y) for (a, x), (b, y) in zip(_pairs(net), _pairs(other), strict=True))
    assert _of_ours(net) == []


def test_a_built_candidate_holds_no_object_of_ours() -> None:
    for candidate in sym.space(Net).sample(10, seed=3):
        net = candidate.build()
        assert type(net.width) is int and type(net.rate) is float and isinstance(net.unit.act, nn.Module)
        assert pickle.loads(pickle.dumps(net)).width == net.width
        assert copy.deepcopy(net).unit.kept is net.unit.kept
        assert _of_ours(net) == []
        assert copy.deepcopy(net).unit.again in (Inner, nn.Identity)


def test_the_default_candidate_is_the_plain_network() -> None:
    torch.manual_seed(0)
    plain = Net()
    torch.manual_seed(0)
    built = sym.space(Net).default().build()
    assert all(a == b and torch.equal(x, y) for (a, x), (b, y) in zip(_pairs(plain), _pairs(built), strict=True))
    assert (built.rate, built.width, len(built.body)) == (plain.rate, plain.width, len(plain.body))


def test_tracing_leaves_the_random_state_and_makes_no_weights() -> None:
    before = torch.random.get_rng_state()

    class Fresh(Net):
        pass

    from symbolic.python.trace import trace

    found = trace(Fresh, "Fresh")
    assert torch.equal(before, torch.random.get_rng_state())
    assert isinstance(found.result, Fresh) and all(p.is_meta for p in found.result.parameters())


def test_threads_build_independently() -> None:
    space = sym.space(Net)
    candidates = space.sample(40, seed=1)
    wrong: list[Candidate] = []

    def build(part: list[Candidate]) -> None:
        wrong.extend(c for c in part if c.build().width != c.to_dict()["model/width"])

    threads = [threading.Thread(target=build, args=(candidates[i::4],)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == [] and Net().width == 16
