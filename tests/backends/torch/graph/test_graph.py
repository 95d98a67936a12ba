"""The graph of a network: every layer, every parameter, and what feeds what."""

import pytest
import torch
import torchvision
from torch import nn

import symbolic as sym
from backends.errors import TrainError
from backends.torch.graph.network import graph, graph_of
from symbolic import registry
from symbolic.display.graph import Graph


def of(network: nn.Module, *axes: int) -> Graph:
    return graph_of(network.to("meta"), torch.zeros(1, *axes, device="meta"))


def titles(found: Graph) -> list[str]:
    return [box.lines[0] for box in found.boxes]


class Cell(nn.Module):
    """Three nodes of a cell: sums of operations on all nodes before, joined at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.a, self.b = nn.Conv2d(3, 8, 1), nn.Conv2d(8, 8, 3, padding=1), nn.AvgPool2d(3, 1, 1)
        self.skip = nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        y = self.a(x) + self.skip(x)
        z = self.b(x) * 0.5
        z += y
        return torch.cat([y, z], 1).mean((2, 3))


def test_branches_are_those_of_the_forward_pass():
    found = of(Cell(), 3, 8, 8)
    assert titles(found) == [
        "input",
        "Conv2d 3 → 8, 1×1",
        "Conv2d 8 → 8, 3×3",
        "+",
        "AvgPool2d 3×3, stride 1",
        "+",
        "concat",
        "mean",
        "output",
    ]
    assert found.boxes[4].lines == ("AvgPool2d 3×3, stride 1", "× 0.5")
    assert set(found.edges) == {(0, 1), (1, 2), (2, 3), (1, 3), (1, 4), (4, 5), (3, 5), (3, 6), (5, 6), (6, 7), (7, 8)}
    assert found.boxes[6].shape == (16, 8, 8)
    assert found.boxes[-1].shape == (16,)


@pytest.mark.parametrize(
    "make", [torchvision.models.resnet18, torchvision.models.mobilenet_v3_small, torchvision.models.vit_b_16]
)
def test_parameters_and_layers_of_known_networks(make):
    network = make()
    expected = sum(p.numel() for p in network.parameters())
    found = of(network, 3, 224, 224)
    assert found.params == expected
    convolutions = sum(isinstance(m, nn.Conv2d) for m in network.modules())
    assert sum(line.startswith("Conv2d") for box in found.boxes for line in box.lines) == convolutions
    assert found.boxes[-1].shape == (1000,)
    reached = {0}
    for a, b in sorted(found.edges, key=lambda edge: edge[1]):
        if a in reached:
            reached.add(b)
    assert len(found.boxes) - 1 in reached


def test_tied_layers_count_once_and_are_drawn_at_each_use():
    shared = nn.Linear(4, 4)
    found = of(nn.Sequential(shared, nn.ReLU(), shared), 4)
    assert [box.params for box in found.boxes] == [0, 20, 0, 0]
    assert found.params == 20
    assert found.boxes[1].lines == ("Linear 4 → 4", "ReLU")


def test_candidates_of_both_front_ends_are_drawn():
    facts = registry.get("tasks", "digits")().facts
    for target in ("examples/digits.space", "examples/digits.py:Net"):
        space = sym.load(target)
        for candidate in space.sample(3, seed=2):
            built = candidate.build(facts)
            network = built["model"] if isinstance(built, dict) else built
            found = graph(candidate, facts)
            assert found.params == sum(p.numel() for p in network.parameters())
            assert found.boxes[-1].shape == (10,)


def test_drawing_leaves_random_numbers_alone():
    space = sym.load("examples/digits.space")
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    drawing = space.default().draw()
    assert torch.equal(torch.rand(1), expected)
    assert drawing.title == "digits"


class Reading(nn.Module):
    """Reads a number while it runs: it has none on the meta device."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(64, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.flatten(1)
        out: torch.Tensor = self.linear(x) if float(x.sum()) == 0.0 else x
        return out


class Broken(Reading):
    """Does not run on any input."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise ValueError("made up")


def test_a_network_that_reads_numbers_runs_on_the_cpu():
    facts = registry.get("tasks", "digits")().facts
    found = graph(sym.space({"model": sym.call(Reading)}).default(), facts)
    assert "Linear 64 → 10" in titles(found)


def test_what_does_not_run_is_refused():
    facts = registry.get("tasks", "digits")().facts
    with pytest.raises(TrainError, match=r"cannot be drawn.*ValueError: made up"):
        graph(sym.space({"model": sym.call(Broken)}).default(), facts)
    with pytest.raises(TrainError, match="names no task"):
        sym.parse("space s\nmodel = flatten >> linear(3)").default().draw()
    with pytest.raises(TrainError, match="builds no network"):
        sym.parse("space s\nx = 1..3").default().draw()
