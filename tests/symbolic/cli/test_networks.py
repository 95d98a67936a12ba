"""`symspace best --source` and `symspace export`: networks that leave the house."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import symbolic as sym

SPACE = """space s
task digits
model = flatten >> linear(8 | 16) >> relu >> linear(classes)
train { epochs: fidelity 1..3 }
"""


@pytest.fixture
def searched(run: Callable, tmp_path: Path) -> Callable:
    """The command line with a study of two trials in its folder."""
    (tmp_path / "s.space").write_text(SPACE)
    assert run("search", "s.space", "--trials", "2", "--algorithm", "random").code == 0
    return run


def test_best_prints_source_that_runs(searched: Callable) -> None:
    ran = searched("best", "--source")
    assert (ran.code, ran.err) == (0, "")
    space: dict[str, object] = {}
    exec(ran.out, space)
    assert space["build"]()(torch.zeros(2, 1, 8, 8)).shape == (2, 10)  # type: ignore[operator]
    assert json.loads(searched("best", "--source", "--json").out)["source"] == ran.out
    assert searched("best", "--source", "--space").code == 2


def test_best_prints_a_space_without_choices(searched: Callable) -> None:
    ran = searched("best", "--space")
    assert (ran.code, ran.err) == (0, "")
    plain, best = sym.parse(ran.out), json.loads(searched("best", "--json").out)
    assert best["space"] == ran.out and len(plain.lower()) == 0
    width = best["candidate"]["model/linear/width"]
    assert f"flatten >> linear(width: {width}) >> relu" in ran.out and "epochs: fidelity 1..3" in ran.out


def test_best_of_another_trial(searched: Callable) -> None:
    for number in (0, 1):
        told = json.loads(searched("best", "--trial", str(number), "--json").out)
        assert told["number"] == number
        assert searched("best", "--trial", str(number)).out.startswith(f"trial {number}: ")
    ran = searched("best", "--trial", "7", "--json")
    assert ran.code == 1 and "has no trial 7" in json.loads(ran.out)["error"]


def test_export_writes_what_the_ending_says(searched: Callable, tmp_path: Path) -> None:
    ran = searched("export", "--to", "best.pt2")
    assert ran.code == 0 and "with its trained weights" in ran.out
    trained = torch.export.load(tmp_path / "best.pt2").module()
    assert trained(torch.zeros(1, 1, 8, 8)).shape == (1, 10)
    ran = searched("export", "--to", "best.py", "--trial", "0")
    assert ran.code == 0 and "trial 0 of" in ran.out
    assert (tmp_path / "best.py").read_text().endswith(")\n")


def test_the_exported_weights_are_those_of_the_checkpoint(searched: Callable, tmp_path: Path) -> None:
    assert searched("export", "--to", "best.pt2").code == 0
    exported = torch.export.load(tmp_path / "best.pt2").state_dict
    kept = [torch.load(path, weights_only=True)["network"] for path in tmp_path.rglob("checkpoints/*/state.pt")]
    same = [
        all(torch.equal(value, exported[key]) for key, value in state.items())
        for state in kept
        if state.keys() == exported.keys() and all(state[key].shape == exported[key].shape for key in state)
    ]
    assert any(same)


def test_onnx_without_its_packages_is_refused(searched: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backends.torch.export._ONNX", ("no_such_package",))
    ran = searched("export", "--to", "best.onnx")
    assert (ran.code, ran.out) == (2, "") and "writing ONNX needs no_such_package: pip install 'symspace[onnx]'" in ran.err


def test_export_as_json_by_store_and_study(searched: Callable, tmp_path: Path) -> None:
    name = json.loads(searched("status", "--json").out)["study"]["name"]
    ran = searched("export", f"symspace.db/{name}", "--to", "best.pt2", "--batch", "3", "--trial", "1", "--json")
    told = json.loads(ran.out)
    assert (told["study"], told["trial"], told["file"], told["trained"]) == (name, 1, "best.pt2", True)
    assert torch.export.load(tmp_path / "best.pt2").module()(torch.zeros(3, 1, 8, 8)).shape == (3, 10)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--to", "best.pt3"), 2, "did you mean 'pt2'?"),
        (("--to", "nowhere/best.pt2"), 2, "there is no folder nowhere"),
        (("--to", "best.pt2", "--trial", "7"), 1, "has no trial 7; it has 2, counted from 0"),
        ((), 2, "say what to write: --to FILE for a network, or --optuna URL"),
        (("--to", "best.pt2", "--optuna", "sqlite:///x.db"), 2, "say what to write"),
        (("--optuna", "sqlite:///x.db", "--trial", "1"), 2, "--optuna writes all trials"),
        (("--to", "best.py", "--batch", "2"), 2, "--batch is for .pt2 and .onnx"),
        (("--optuna", "sqlite:///nowhere/x.db"), 2, "cannot be written"),
        (("--optuna", "nothing"), 2, "cannot be written"),
    ],
)
def test_what_cannot_be_exported(searched: Callable, arguments: tuple[str, ...], code: int, message: str) -> None:
    ran = searched("export", *arguments)
    assert ran.code == code and message in ran.err
