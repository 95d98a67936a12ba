"""The examples of networks that are no plain sequence: they run, print what they promise, and their files are searched."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import torch
from torch import nn

import symbolic as sym
from backends.torch.cost import network
from symbolic.building.build import build
from symbolic.building.values import Values
from symbolic.language.fmt import format_text
from symbolic.shapes import image, tokens
from symbolic.task import TaskFacts

EXAMPLES = Path(__file__).parents[1] / "examples"
PROGRAMS = {
    "unet": r"( ?\d  overlap 0\.\d{3} +[\d,]+ params  skips: [a-z ]+\n){2}\nthe best, trial \d:",
    "tied": r"( ?\d  foreseen 0\.\d{3} +[\d,]+ params  (tied|own), width \d\d\n){2}",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_runs_and_prints_what_it_promises(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.chdir(tmp_path)
    importlib.import_module(name).main(2)
    assert re.search(PROGRAMS[name], capsys.readouterr().out)
    assert list(tmp_path.iterdir()) == [], "an example leaves files behind"


@pytest.mark.parametrize("name", ["nb201_cell", "darts_cell"])
def test_a_cell_is_formatted_and_searched(name: str) -> None:
    file = EXAMPLES / f"{name}.space"
    assert format_text(file.read_text(encoding="utf-8")) == file.read_text(encoding="utf-8")
    space = sym.load(str(file))
    for candidate in space.sample(5):
        net = candidate.build()["model"]
        assert net(torch.zeros(2, 1, 8, 8)).shape == (2, 10)
    study = sym.search(space, algorithm="random", trials=1, listeners=[])
    assert [t.state for t in study.trials] == ["ok"]


def test_tied_weights_are_one_tensor_through_training() -> None:
    space = sym.load(str(EXAMPLES / "tied.py:SPACE"))
    values = {"model/width": 16, "model/reader": "memory", "model/out": "tied", "train/lr": 0.01}
    facts = TaskFacts("counting", tokens(12), {"vocabulary": 24})
    net = build(space, Values(space.lower(), space.candidate(values).point), facts)["model"]
    assert isinstance(net, nn.Module)
    tables = [m.weight for m in net.modules() if isinstance(m, (nn.Embedding, nn.Linear)) and m.weight.shape == (24, 16)]
    optimizer = torch.optim.Adam(net.parameters())
    before = tables[0].detach().clone()
    for _ in range(3):
        optimizer.zero_grad()
        net(torch.randint(0, 24, (4, 12))).square().mean().backward()
        optimizer.step()
    assert len(tables) == 2 and tables[0] is tables[1] and not torch.equal(tables[0], before)


@pytest.mark.parametrize("name", ["nb201_cell.space", "darts_cell.space", "unet.py:SPACE", "tied.py:SPACE"])
def test_a_candidate_written_without_choices_builds_the_same_network(name: str) -> None:
    facts = {
        "unet.py:SPACE": TaskFacts("discs", image(1, 16, 16), {}),
        "tied.py:SPACE": TaskFacts("counting", tokens(12), {"vocabulary": 24}),
    }.get(name)
    space = sym.load(str(EXAMPLES / name))
    for candidate in space.sample(4, 1):
        plain = sym.parse(candidate.plain().text())
        assert plain.size().value == 1
        networks = [network(s, c.point, facts) for s, c in ((space, candidate), (plain, plain.sample(1)[0]))]
        shapes = [[tuple(p.shape) for p in net.parameters()] for net in networks]
        assert shapes[0] == shapes[1]
