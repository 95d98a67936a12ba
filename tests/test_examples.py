"""The examples: short, formatted, and each runs with a small budget and prints what it promises."""

from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import symbolic as sym
from symbolic.language.fmt import format_text

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
BANKING = Path(os.environ.get("SYMSPACE_DATA") or ROOT / "../shared/data") / "banking77"
PROGRAMS = {
    "own_training_loop": (3, r"number +state +value(.*\n)+.*the best \(trial \d+\):\nmodel/width = (.*\n)+its curve: 0\.\d+"),
    "two_objectives": (4, r"\d of 4 networks are beaten by no other(.*\n)+ +params +accuracy(.*\n)+ +[\d,]+ +0\.\d{3} .*█"),
    "resnet_edits": (1, r"resnet18 with 7 decisions, 48(.*\n)+.*still torchvision's ResNet(.*\n)+ +layer2\.1 +BasicBlock"),
    "text_classifier": (2, r"accuracy 0\.\d+ +[\d,]+ params +(windows|memory|looks)(.*\n)+the best, trial \d+, on test data"),
    "lightning_loop": (2, r"model/lr(.*\n)+best accuracy 0\.\d+, epoch by epoch:\n0\.\d+ "),
}
SPACES = {
    "conditional_optimizers": {"train/optimizer/sgd/momentum": "train/optimizer", "train/warmup": "train/optimizer"},
    "grammar": {"model/part/chain/part": "model/part"},
}
NOISY = pytest.mark.filterwarnings(
    "ignore:.*LeafSpec.*", "ignore:.*does not have many workers.*", "ignore:.*log_every_n_steps.*"
)


def test_examples_are_at_most_80_lines_and_say_what_they_are() -> None:
    for file in (*EXAMPLES.glob("*.py"), *EXAMPLES.glob("*.space")):
        text = file.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 80, file.name
        assert ast.get_docstring(ast.parse(text)) if file.suffix == ".py" else text.startswith("# "), file.name


def test_every_example_is_listed() -> None:
    listed = set(re.findall(r"`([\w/.]+)`", (EXAMPLES / "README.md").read_text(encoding="utf-8")))
    there = {f.name for f in EXAMPLES.iterdir() if f.suffix in (".py", ".space")}
    assert {name for name in listed if name.endswith((".py", ".space"))} == there


@NOISY
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_runs_and_prints_what_it_promises(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trials, promised = PROGRAMS[name]
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.chdir(tmp_path)
    if name == "lightning_loop":
        pytest.importorskip("lightning")
    importlib.import_module(name).main(trials)
    assert re.search(promised, capsys.readouterr().out)
    assert list(tmp_path.iterdir()) == [], "an example leaves files behind"


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_runs_as_a_script(name: str, tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLES / f"{name}.py")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.search(PROGRAMS[name][1].replace("of 4", r"of \d+").replace("BasicBlock", r"\w+"), done.stdout)


@pytest.mark.parametrize("name", SPACES)
def test_a_space_is_formatted_has_its_conditions_and_is_searched(name: str) -> None:
    file = EXAMPLES / f"{name}.space"
    text = file.read_text(encoding="utf-8")
    assert format_text(text) == text
    space = sym.load(str(file))
    for candidate in space.sample(20):
        values = candidate.to_dict()
        for path, above in SPACES[name].items():
            if any(p == path or p.startswith(f"{path}/") for p in values):
                assert above in values
        assert candidate.build()["model"] is not None
    study = sym.search(space, algorithm="random", trials=2, listeners=[])
    assert [t.state for t in study.trials] == ["ok", "ok"]


def test_optimizers_have_their_own_settings_only() -> None:
    settings = {"sgd": {"momentum", "nesterov"}, "adam": {"beta1"}, "adamw": {"weight_decay"}, "lion": set[str]()}
    space, seen = sym.load(str(EXAMPLES / "conditional_optimizers.space")), set()
    for candidate in space.sample(200):
        values: dict[str, Any] = candidate.to_dict()
        chosen = values["train/optimizer"]
        own = {path.rsplit("/", 1)[1] for path in values if path.startswith("train/optimizer/")}
        assert own == settings[chosen] and ("train/warmup" in values) == (chosen == "sgd")
        assert not (chosen == "lion" and values["train/lr"] > 0.01)
        seen.add(chosen)
    assert seen == settings.keys()


@pytest.mark.slow
@pytest.mark.skipif(not BANKING.is_dir(), reason=f"{BANKING} is not there")
def test_the_classifier_reads_banking77(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    importlib.import_module("text_classifier").main(2, str(BANKING))
    found = re.search(r"on test data: accuracy (0\.\d+)", capsys.readouterr().out)
    assert found is not None and float(found[1]) > 0.7
