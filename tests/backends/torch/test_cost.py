"""Parameters and FLOPs: closed forms, published figures, and no trace left on the network that was counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from backends.torch.cost import CostError, Parameters, flops, network, parameters
from symbolic import parse, registry
from symbolic.check import check_shapes
from symbolic.points import Point
from symbolic.shapes import Shape, features, image, tokens
from symbolic.task import TaskFacts


def chain(s: Shape, *steps: tuple[str, dict[str, int]]) -> nn.Module:
    layers = []
    for name, arguments in steps:
        op = registry.get("operators", name)(**arguments)
        layers.append(op.build(s))
        s = op.shape(s)
    return nn.Sequential(*layers)


def nas_bench_201_without_edges() -> nn.Module:
    """The network of NAS-Bench-201 whose cells pass their input on: what the published closed form counts as its constant."""
    return chain(
        image(3, 32, 32),
        ("conv_bn", {"width": 16}),
        ("resnet_basic", {"width": 32, "stride": 2}),
        ("resnet_basic", {"width": 64, "stride": 2}),
        ("batch_norm", {}),
        ("relu", {}),
        ("global_avg_pool", {}),
        ("linear", {"width": 10}),
    )


def test_published_figures_of_nas_bench_201() -> None:
    net = nas_bench_201_without_edges()
    assert parameters(net) == 73_306
    assert flops(net, image(3, 32, 32)) == 7_783_050


@pytest.mark.parametrize(
    ("name", "arguments", "s", "expected"),
    [
        ("conv2d", {"width": 6, "kernel": 3}, image(4, 8, 8), 6 * 64 * (4 * 9 + 1)),
        ("conv2d", {"width": 6, "kernel": 3, "stride": 2, "groups": 2, "bias": False}, image(4, 8, 8), 6 * 16 * 2 * 9),
        ("linear", {"width": 6}, features(4), 6 * 5),
        ("linear", {"width": 6, "bias": False}, features(4), 6 * 4),
        ("conv1d", {"width": 6}, Shape("sequence", (5, 4)), 6 * 5 * (4 * 3 + 1)),
        ("relu", {}, features(4), 0),
        ("embedding", {"width": 6, "vocabulary": 9}, tokens(5), 0),
    ],
)
def test_multiply_adds_of_one_layer(name: str, arguments: dict[str, int], s: Shape, expected: int) -> None:
    assert flops(chain(s, (name, arguments)), s) == expected


def test_counting_leaves_the_network_alone() -> None:
    net = nas_bench_201_without_edges()
    before = {k: v.clone() for k, v in net.state_dict().items()}
    flops(net, image(3, 32, 32))
    assert net.training and all(not m._forward_hooks for m in net.modules())
    assert all(torch.equal(v, before[k]) for k, v in net.state_dict().items())


def test_tied_weights_count_once() -> None:
    layer = nn.Linear(4, 4)
    assert parameters(nn.Sequential(layer, layer)) == 20


def test_a_network_that_does_not_run_is_a_typed_error() -> None:
    with pytest.raises(CostError, match="FLOPs cannot be counted: on the meta device the network fails with RuntimeError"):
        flops(nn.Linear(4, 4), features(5))


DIGITS = Path(__file__).parents[3] / "examples" / "digits.space"


def test_parameters_of_a_candidate_are_those_of_the_network_it_builds() -> None:
    space = parse(DIGITS.read_text())
    metric = Parameters(space)
    for candidate in space.sample(20):
        assert metric.actual(candidate.point.index) == parameters(candidate.build()["model"])


def test_networks_are_counted_on_the_meta_device_and_once() -> None:
    space = parse(DIGITS.read_text())
    point = space.sample(1)[0].point
    net = network(space, point)
    assert all(p.is_meta for p in net.parameters())
    metric = Parameters(space)
    assert metric.actual(point.index) == metric.actual(point.index.copy()) == parameters(net)
    assert len(metric._known) == 1


def test_a_space_without_a_network_has_no_parameters() -> None:
    space = parse("space t\nlr = 0.1 | 0.2\n")
    with pytest.raises(CostError, match="needs one network; the space 't' builds 0 modules"):
        Parameters(space).actual(np.zeros(1, np.int32))


def test_the_expected_cost_of_a_mixture_is_refused() -> None:
    with pytest.raises(CostError, match="not supported yet"):
        Parameters(parse("space t\nlr = 0.1 | 0.2\n")).expected(np.ones(2) / 2)


REFERENCE = Path(__file__).parents[4] / "shared" / "reference" / "spaces"


@pytest.mark.parametrize(
    ("name", "s", "classes", "largest"),
    [
        # ResNet-164 on CIFAR-100, unpruned: 1.73 M parameters, 2.48e8 FLOPs (TAS, Dong and Yang, 2019)
        ("resnet_tas", image(3, 32, 32), 100, (1_727_284, 247_669_860)),
        ("naap440", image(3, 32, 32), 10, None),
        ("ofa", image(3, 224, 224), 1000, None),
    ],
)
def test_published_spaces_build(name: str, s: Shape, classes: int, largest: tuple[int, int] | None) -> None:
    file = REFERENCE / f"{name}.space"
    if not file.is_file():
        pytest.skip(f"{file.name} lies outside the repository")
    space, facts = parse(file.read_text()), TaskFacts(name, s, {"classes": classes})
    check_shapes(space, facts)
    table = space.lower()
    point = space.sample(1)[0].point
    net = network(space, point, facts)
    assert flops(net, s) > 0
    if largest is not None:
        top = Point((table.card - 1).astype(np.int32), point.real)
        net = network(space, top, facts)
        assert (parameters(net), flops(net, s)) == largest
