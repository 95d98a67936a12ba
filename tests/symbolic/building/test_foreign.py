"""Python callables with a layer in their braces, and finished networks with submodules replaced."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from symbolic import parse
from symbolic.building.build import build
from symbolic.building.values import Values
from symbolic.check import check_shapes
from symbolic.checking.rehearsal import check_build
from symbolic.errors import SpaceError
from symbolic.shapes import image
from symbolic.task import TaskFacts

FACTS = TaskFacts("test", image(3, 32, 32), {"classes": 10, "channels": 3})


class Twice(nn.Module):
    """Runs a layer twice."""

    def __init__(self, scale: float, body: nn.Module) -> None:
        super().__init__()
        self.scale, self.body = scale, body

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.scale * self.body(self.body(x))
        return y


def around(layer: nn.Module, extra: int = 0) -> nn.Module:
    """Put a layer between others."""
    return nn.Sequential(*[nn.Identity()] * extra, layer)


def built(model: str, count: int = 4, facts: TaskFacts | None = FACTS) -> list[Any]:
    space = parse(f"space t\nmodel = {model}\n")
    check_shapes(space, facts)
    return [build(space, Values(space.lower(), c.point), facts)["model"] for c in space.sample(count)]


HERE = f"{__name__}::"


def test_the_braces_of_a_callable_hold_its_argument_body_or_its_first_one() -> None:
    for net in built(f"conv2d(8) >> {HERE}Twice(scale: 0.5 | 2.0) {{ conv2d(8, 1 | 3) >> relu }} >> conv2d(4)"):
        assert isinstance(net[1], Twice) and isinstance(net[1].body[0], nn.Conv2d) and net[1].scale in (0.5, 2.0)
        assert net(torch.zeros(2, 3, 32, 32)).shape == (2, 4, 32, 32)
    for net in built(f"{HERE}around(extra: 2) {{ conv2d(4 | 6) }}"):
        assert [type(m) for m in net] == [nn.Identity, nn.Identity, nn.Conv2d] and net[2].in_channels == 3


def test_braces_hold_values_too() -> None:
    space = parse("space t\nx = torch.nn::Identity { 3 | 4 }\n")
    assert {type(build(space, Values(space.lower(), c.point))["x"]) for c in space.sample(8)} == {nn.Identity}


def test_what_breaks_in_braces_is_named() -> None:
    with pytest.raises(SpaceError, match=r"linear needs features or a sequence, got image \(3, 32, 32\)"):
        built(f"{HERE}around {{ linear(4) }}")


RESNET = "torchvision.models::resnet18()"


def test_parts_of_a_finished_network_are_operators_modules_or_classes() -> None:
    parts = '"layer1.0.relu": relu | gelu, "layer2.0.conv2": conv2d(128, 3 | 5), "layer3.1": torch.nn::Identity'
    seen = set()
    with torch.device("meta"):
        nets = built(f'edit({RESNET}, parts: {{ {parts}, "fc": linear(classes) }})', 5)
    for net in nets:
        seen.add((type(net.layer1[0].relu), net.layer2[0].conv2.kernel_size[0]))
        assert type(net.layer3[1]) is nn.Identity and net.fc.in_features == 512
        assert net.eval()(torch.zeros(2, 3, 32, 32, device="meta")).shape == (2, 10)
    assert len(seen) > 1


def test_an_edited_network_may_stand_in_a_chain() -> None:
    (net,) = built(f'upsample(2) >> edit({RESNET}, parts: {{ "fc": torch.nn::Identity }}) >> linear(classes)', 1)
    assert net[2].in_features == 512 and net.eval()(torch.zeros(1, 3, 32, 32)).shape == (1, 10)


def test_without_a_task_modules_may_be_parts() -> None:
    space = parse(f'space t\nmodel = edit({RESNET}, parts: {{ "fc": torch.nn::Identity }})\n')
    assert type(build(space, Values(space.lower(), space.sample(1)[0].point))["model"].fc) is nn.Identity


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ('{ "layer9": linear(3) }', "no operator can stand at 'layer9' of the network .*: it has no submodule 'layer9'"),
        ('{ "layer9": torch.nn::Identity }', "the network has no submodule 'layer9'"),
        ('{ "fc": 3 }', "'fc' cannot be replaced by 3"),
        ("3", "edit takes a record of submodules and what replaces them, not 3"),
        ('{ "fc": conv2d(3) }', r"conv2d needs an image, got features \(512\)"),
        ('{ "layer1": conv2d(3) }', r"the network does not run behind image \(3, 32, 32\)"),
    ],
)
def test_what_cannot_be_replaced_is_refused(parts: str, message: str) -> None:
    with pytest.raises(SpaceError, match=message):
        check_build(parse(f"space t\nmodel = edit({RESNET}, parts: {parts})\n"), FACTS, "train", 1)


def test_an_object_is_looked_up_at_each_build_and_trusted_anew_when_it_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    import sys

    space = parse(f"space t\nx = {HERE}around | {HERE}Twice\n")
    points = {c.to_dict()["x"]: c.point for c in space.sample(12)}

    def found() -> object:
        return build(space, Values(space.lower(), points["around"]))["x"]

    def other(layer: nn.Module) -> nn.Module:
        return layer

    assert found() is around and found() is around
    monkeypatch.setattr(sys.modules[__name__], "around", other)
    assert found() is other
    monkeypatch.setattr(sys.modules[__name__], "around", os.system)
    with pytest.raises(SpaceError, match="is not trusted"):
        found()
