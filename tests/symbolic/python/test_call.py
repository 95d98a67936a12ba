"""`call`, `rebind`, `edit`: choices at any depth of the arguments, submodules replaced, one text, refusals with a reason."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import attrs
import pytest
import torch
from torch import nn
from torchvision.models import MobileNetV2, resnet18  # type: ignore[import-untyped]

import symbolic as sym


def note(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
    """Something from elsewhere: it shows what it was given."""
    return (*args, kwargs)


class Pair(NamedTuple):
    first: Any
    second: Any = 0


@dataclasses.dataclass
class Config:
    width: Any
    rates: Any = ()


@attrs.frozen
class Settings:
    _depth: Any
    name: str = "a"


def capacity(x: int, *, y: int = 2) -> int:
    return x * y


def identity(x: int) -> int:
    return x


def tanh_of(old: nn.Module) -> nn.Module:
    return nn.Sequential(old, nn.Tanh())


def asks(old: nn.Module) -> nn.Module:
    return nn.Linear(2, sym.oneof(1, 2, name="k"))


def small() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Sequential(nn.Linear(3, 2)))


class Asking(nn.Module):
    def __init__(self, channels: int, classes: int = 3) -> None:
        super().__init__()
        width = sym.integer(2, 4)
        self.layers = nn.Sequential(nn.Linear(channels, width), nn.Linear(width, classes))
        self.deep = nn.Linear(2, sym.oneof(1, 2, name="k")) if channels > 5 else None


def every(space: sym.Space) -> list[Any]:
    values = {repr(c.build()) for c in space.sample(60, how="uniform")}
    assert sym.parse(space.text()) == space
    return sorted(values)


PLACES: list[tuple[Callable[[Any], Any], Callable[[Any], Any], str]] = [
    (lambda x: [1, x], lambda x: [1, x], "model/at/1"),
    (lambda x: (1, (x, "b")), lambda x: (1, (x, "b")), "model/at/1/0"),
    (lambda x: {"a": {"b c": x}}, lambda x: {"a": {"b c": x}}, "model/at/a/b c"),
    (lambda x: Pair(x), lambda x: Pair(x), "model/at/first"),
    (lambda x: Config(x, [1]), lambda x: Config(x, [1]), "model/at/width"),
    (lambda x: Config(3, [x]), lambda x: Config(3, [x]), "model/at/rates/0"),
    (lambda x: Settings(x), lambda x: Settings(x), "model/at/depth"),
    (lambda x: sym.call(capacity, 3, y=x), lambda x: 3 * x, "model/at/y"),
    (lambda x: [sym.call(Config, width={"k": x})], lambda x: [Config({"k": x})], "model/at/0/width/k"),
]


@pytest.mark.parametrize(("place", "plain", "path"), PLACES)
def test_choices_stand_anywhere_in_the_arguments(place: Any, plain: Any, path: str) -> None:
    made = sym.call(note, at=place(sym.OneOf(4, 6)), other=None)
    space = sym.space(made)
    assert space.lower().path == (path,)
    assert every(space) == sorted(repr(({"at": plain(x), "other": None},)) for x in (4, 6))
    assert repr(made()) == repr(({"at": plain(4), "other": None},))


def test_options_hold_choices_of_their_own() -> None:
    option = {"some": sym.call(note, sym.OneOf(1, 2), [sym.Range(1, 3)]), "none": None}
    space = sym.space(sym.call(note, x=sym.OneOf(option, default="none")))
    assert space.lower().path == ("model/x", "model/x/some/0", "model/x/some/1/0") and space.size().value == 7
    assert space.default().build() == ({"x": None},) == sym.call(note, x=sym.OneOf(option, default="none"))()
    values = {"model/x": "some", "model/x/some/0": 2, "model/x/some/1/0": 3}
    assert space.candidate(values).build() == ({"x": (2, [3], {})},)


def test_a_call_beside_other_entries_with_constraints() -> None:
    made = sym.call(note, setting=[[1, sym.OneOf(2, 3)], sym.OneOf(4, 5)])
    space = sym.space({"model": made, "lr": sym.Range(0.1, 0.2)}, require="model.setting[0][1] * setting[1] <= 10")
    every = [(a, b) for a, b in itertools.product((2, 3), (4, 5)) if a * b <= 10]
    assert space.size().value == len(every) and sym.parse(space.text()) == space


def test_sets_of_options() -> None:
    space = sym.space(sym.call(note, ops=sym.Subset(["a", "b", "c"], (1, 2)), order=sym.Permutation([1, 2])))
    assert space.size().value == 6 * 2
    assert space.default().build() == ({"ops": ("a",), "order": (1, 2)},) == sym.call(note, ops=("a",), order=(1, 2))()


def test_rebind_replaces_arguments_and_changes_nothing_in_place() -> None:
    first = sym.call(capacity, 3)
    second = sym.rebind(first, y=sym.OneOf(5, 7))
    assert first() == 6 and second() == 15 and sym.rebind(second, x=1)() == 5
    assert every(sym.space(second)) == ["15", "21"]


def test_mobile_net_with_a_searched_setting() -> None:
    setting = [[1, 16, 1, 1], [sym.OneOf(3, 6), sym.Range(16, 32, step=8), sym.Range(1, 2), 2]]
    space = sym.space(sym.call(MobileNetV2, inverted_residual_setting=setting, num_classes=10))
    assert space.lower().path == tuple(f"model/inverted_residual_setting/1/{i}" for i in range(3)) and space.size().value == 12
    candidate = space.candidate(dict(zip(space.lower().path, (6, 24, 2), strict=True)))
    plain = MobileNetV2(inverted_residual_setting=[[1, 16, 1, 1], [6, 24, 2, 2]], num_classes=10)
    assert str(candidate.build()) == str(plain)


def edited_resnet() -> Any:
    made = sym.call(resnet18, num_classes=10)
    return made.edit(
        {
            "conv1": sym.OneOf(
                {
                    "large": sym.call(nn.Conv2d, 3, 64, 7, stride=2, padding=3, bias=False),
                    "small": sym.call(nn.Conv2d, 3, 64, 3, stride=sym.OneOf(1, 2), padding=1, bias=False),
                }
            ),
            "maxpool": sym.OneOf(nn.Identity, sym.call(nn.MaxPool2d, 2)),
            "layer3.0.relu": sym.OneOf(nn.ReLU, nn.GELU, nn.SiLU),
            "fc": sym.call(nn.Linear, 512, 10, bias=sym.OneOf(True, False)),
        }
    )


def test_resnet18_edited_into_a_space() -> None:
    space = sym.space(edited_resnet())
    assert space.name == "resnet18" and space.size().value == 3 * 2 * 3 * 2
    assert space.lower().path == (
        "model/parts/conv1",
        "model/parts/conv1/small/stride",
        "model/parts/maxpool",
        "model/parts/layer3.0.relu",
        "model/parts/fc/bias",
    )
    values = {
        "model/parts/conv1": "small",
        "model/parts/conv1/small/stride": 1,
        "model/parts/maxpool": "Identity",
        "model/parts/layer3.0.relu": "SiLU",
        "model/parts/fc/bias": False,
    }
    again = sym.parse(space.text())
    assert again == space
    by_hand = resnet18(num_classes=10)
    by_hand.conv1 = nn.Conv2d(3, 64, 3, stride=1, padding=1, bias=False)
    by_hand.maxpool = nn.Identity()
    by_hand.layer3[0].relu = nn.SiLU()
    by_hand.fc = nn.Linear(512, 10, bias=False)
    for each in (space, again):
        network = each.candidate(values).build()
        assert str(network) == str(by_hand)
        network.load_state_dict(by_hand.state_dict())
        x = torch.randn(2, 3, 16, 16)
        assert torch.equal(network.eval()(x), by_hand.eval()(x))


def test_the_default_of_an_edited_network_is_plain_torch() -> None:
    network = sym.call(small).edit({"1": sym.OneOf(nn.GELU, nn.ReLU), "2.0": tanh_of})()
    assert isinstance(network[1], nn.GELU) and isinstance(network[2][0][1], nn.Tanh)
    assert all(not type(part).__module__.startswith("symbolic") for part in network.modules())


def test_two_candidates_share_no_module() -> None:
    space = sym.space(sym.edit(sym.call(small), {"1": sym.OneOf(nn.PReLU, nn.ReLU), "2.0": tanh_of}))
    first, second = (space.candidate({"model/parts/1": "PReLU"}).build() for _ in range(2))
    assert not {id(p) for p in first.parameters()} & {id(p) for p in second.parameters()}


def test_an_annotated_class_with_constants_keeps_its_questions() -> None:
    small_one, large = sym.space(sym.call(Asking, channels=2)), sym.space(sym.call(Asking, channels=6, classes=5))
    assert small_one.lower().path == ("model/width",) and large.lower().path == ("model/width", "model/k")
    for space in (small_one, large, sym.parse(large.text())):
        assert sym.parse(space.text()) == space
        for candidate in space.sample(5):
            network = candidate.build()
            width = candidate.to_dict()["model/width"]
            assert next(p.shape[0] for p in network.layers.parameters()) == width
    assert large.sample()[0].build().layers[1].out_features == 5


class Act(nn.Sequential):
    def __init__(self, *_: Any) -> None:
        kind = sym.oneof(nn.ReLU, nn.Tanh)
        super().__init__(kind())


def through(make: Callable[[], nn.Module]) -> nn.Module:
    return nn.Sequential(make())


def test_a_replacement_that_asks_is_searched_too() -> None:
    space = sym.space(sym.call(small).edit({"1": sym.OneOf(Act, nn.Identity), "2.0": Act}))
    assert space.lower().path == ("model/parts/1", "model/parts/1/Act/kind", "model/parts/2.0/kind")
    values = {"model/parts/1": "Act", "model/parts/1/Act/kind": "Tanh", "model/parts/2.0/kind": "Tanh"}
    for each in (space, sym.parse(space.text())):
        network = each.candidate(values).build()
        assert isinstance(network[1][0], nn.Tanh) and isinstance(network[2][0][0], nn.Tanh)


def test_an_argument_that_asks_makes_the_call_ask() -> None:
    space = sym.space(sym.call(through, make=Act))
    assert space.lower().path == ("model/act/kind",) and sym.parse(space.text()) == space
    assert isinstance(space.candidate({"model/act/kind": "Tanh"}).build()[0][0], nn.Tanh)


def test_questions_that_the_space_cannot_see_are_refused_when_they_are_asked() -> None:
    space = sym.space(sym.call(through, make=sym.OneOf(nn.ReLU, Act)))
    with pytest.raises(sym.SpaceError, match="E707 'kind' is asked by an argument of a call"):
        space.candidate({"model/make": "Act"}).build()


def test_a_call_is_an_argument_of_search() -> None:
    study = sym.search(sym.call(capacity, 3, y=sym.Range(1, 4)), evaluate=identity, algorithm="random", trials=8)
    assert study.best is not None and study.best.values == (12.0,)


WRONG: list[tuple[Callable[[], object], str]] = [
    (lambda: sym.call(capacity, z=3), r"E203 capacity has no argument 'z'"),
    (lambda: sym.call(nn.Linear, 2, out_feature=3), "(?s)E203 Linear has no argument 'out_feature'.*out_features"),
    (lambda: sym.call(capacity, 1, 2), "E203 capacity does not take these arguments"),
    (lambda: sym.call(3), "E711 3 cannot be called"),  # type: ignore[arg-type]
    (lambda: sym.call(nn.ReLU()), "E711 .* cannot be called"),
    (lambda: sym.rebind(capacity, x=1), "E711 sym.rebind changes a sym.call"),  # type: ignore[arg-type]
    (lambda: sym.space(sym.call(capacity)), "E708 .* cannot be constructed with its defaults: TypeError: .*'x'"),
    (lambda: sym.space(sym.call(lambda: 3)), "E710 the target"),
    (lambda: sym.space(sym.call(note, x=lambda: 3)), "E710 'model/x' is a lambda"),
    (lambda: sym.space(sym.call(note, x=[nn.ReLU()])), r"(?s)E710 'model/x/0' is an object of torch.*ReLU.*sym.call\(ReLU"),
    (lambda: sym.space(sym.call(note, x={1: 2})), "E711 the dict at 'model/x' has the key 1"),
    (lambda: sym.space(sym.call(note, x=())), "E710 'model/x' is an empty tuple"),
    (lambda: sym.space(sym.call(note, x={sym.OneOf(1, 2)})), "E710 'model/x' is an object of builtins.set"),
    (lambda: sym.space(sym.call(note, x=SimpleNamespace(a=sym.OneOf(1, 2)))), "E710 'model/x' is an object of types"),
    (lambda: sym.space(sym.call(note, x=float("inf"))), "E305 'model/x' is inf"),
    (lambda: sym.space(sym.call(note, x=sym.OneOf(1, 2, name="y"))), "E711 the choice at 'model/x' is called 'y'"),
    (lambda: sym.call(small).edit({"": nn.ReLU}), "E711 '' is no path"),
    (lambda: sym.space(sym.call(small).edit({"2.1": nn.ReLU})), "(?s)E711 the network has no submodule '2.1'.*2.0"),
    (lambda: sym.space(sym.call(small).edit({"1": nn.ReLU()})), r"E711 '1' cannot be replaced by ReLU\(\)"),
    (lambda: sym.space(sym.call(small).edit({"1": None})), "E711 '1' cannot be replaced by None"),
    (lambda: sym.space(sym.call(small).edit({"1": nn.Linear})), "E708 .* cannot be constructed"),
    (lambda: sym.space(sym.call(small).edit({"1": lambda: nn.ReLU()})), "E710 'model/parts/1' is a lambda"),
    (lambda: sym.space(sym.call(small).edit({"1": asks})), "E711 the function that replaces '1' asks for choices"),
    (lambda: sym.space(sym.call(capacity, 2).edit({"1": nn.ReLU})), "E711 '1' cannot be edited: int is no torch module"),
    (lambda: sym.space(sym.call(Asking, channels=sym.OneOf(1, 2))), "E711 .* asks for choices itself, so 'channels' must"),
]


@pytest.mark.parametrize(("make", "message"), WRONG)
def test_what_cannot_be_said_is_refused_with_the_reason(make: Callable[[], object], message: str) -> None:
    with pytest.raises(sym.SpaceError, match=message):
        make()


SEARCHED = sym.call(capacity, 3, y=sym.OneOf(1, 2))


class Hidden:
    def __init__(self) -> None:
        self.width = sym.oneof(1, 2)
        self.made = SEARCHED()


class HiddenOption:
    def __init__(self) -> None:
        make: Any = sym.oneof(SEARCHED, dict, name="make")
        self.made = make()


@pytest.mark.parametrize("target", [Hidden, HiddenOption])
def test_choices_of_a_call_inside_a_constructor_are_not_lost_in_silence(target: Any) -> None:
    assert target().made == 3
    with pytest.raises(sym.SpaceError, match=r"E711 the choices of sym\.call\(capacity, \.\.\.\) cannot be asked inside"):
        sym.space(target)
