"""Metrics by other programs: what they get, what they print, and each way in which they fail."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import symbolic as sym
from backends.errors import TrainError
from backends.torch import export as exporting
from backends.torch.export import export
from backends.torch.metric_commands import commands_of, read_commands
from backends.torch.tasks.digits import digits
from backends.torch.train import TrainBackend
from symbolic.errors import SymspaceError
from symbolic.search import calls
from symbolic.search.study import resume_study
from symbolic.shapes import image, tokens

COUNT = (
    "import sys, zipfile; print('weights:'); "
    "print(sum(i.file_size for i in zipfile.ZipFile(sys.argv[1]).infolist() if '/weight_' in i.filename) // 4)"
)
MODEL = "space s\ntask digits\nmodel = flatten >> linear(16 | 32) >> relu >> linear(classes)\ntrain { epochs: 1 }\n"


def command(program: str, file: str = "{pt2}") -> str:
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(program)} {file}"


def test_the_program_gets_the_network(run: Callable[..., Any]) -> None:
    backend = TrainBackend(metrics={"weights": command(COUNT)})
    result = run(sym.parse(MODEL), {"model/linear/width": 16}, backend=backend)
    assert result.status == "ok", result.failure
    assert result.metrics["weights"] == result.metrics["params"] == 64 * 16 + 16 + 160 + 10
    assert "weights" in backend.describe(sym.parse(MODEL), digits()).metrics


def test_a_limit_on_it_is_kept_before_training(run: Callable[..., Any]) -> None:
    backend = TrainBackend(metrics=("latency_ms=" + command("print(7.5)"),))
    space = sym.parse(MODEL + "maximize accuracy\nrequire latency_ms <= 5\n")
    reports: list[Any] = []
    result = run(space, {"model/linear/width": 16}, backend=backend, reports=reports)
    assert (result.status, result.metrics["latency_ms"], reports) == ("infeasible", 7.5, [])


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import sys; sys.exit('no such device')", "the command of m ended with exit code 1: no such device"),
        ("print('fast')", "printed 'fast'; its last line must be a number"),
        ("print('nan')", "its last line must be a number"),
        ("pass", "printed 'it said nothing'"),
    ],
)
def test_failures_fail_the_trial(program: str, message: str, run: Callable[..., Any]) -> None:
    result = run(sym.parse(MODEL), {"model/linear/width": 16}, backend=TrainBackend(metrics=f"m={command(program)}"))
    assert (result.status, result.failure.kind) == ("failed", "raised")
    assert message in result.failure.message


def test_a_program_that_takes_too_long_is_ended_with_all_it_started(tmp_path: Path) -> None:
    (tmp_path / "child.py").write_text(f"import time; time.sleep(2); open({str(tmp_path / 'alive')!r}, 'w')")
    (tmp_path / "main.py").write_text(
        f"import subprocess, sys, time\nsubprocess.Popen([sys.executable, {str(tmp_path / 'child.py')!r}])\ntime.sleep(60)"
    )
    (made,) = read_commands([f"m={shlex.quote(sys.executable)} {tmp_path / 'main.py'} {{pt2}}"], ())
    began = time.monotonic()
    with pytest.raises(TrainError, match=r"the command of m took longer than 0\.5 s"):
        made.measure({"pt2": tmp_path / "x"}, 0.5)
    assert time.monotonic() - began < 20
    time.sleep(2.2)
    assert not (tmp_path / "alive").exists()


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    (made,) = read_commands(["m=./no-such-program {pt2}"], ())
    with pytest.raises(TrainError, match=r"cannot be started: '\./no-such-program': No such file"):
        made.measure({"pt2": tmp_path}, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("latency", "is no metric command; write name=COMMAND"),
        ("=x {pt2}", "is no metric command"),
        ("m=", "is no metric command"),
        ("m=./x", r"gets no network; \{onnx\} or \{pt2\}"),
        ("m=./x {pt3}", r"has \{pt3\}; did you mean 'pt2'"),
        ("m=./x '{pt2}", "cannot be read"),
        ("params=./x {pt2}", "'params' of a command is measured already"),
    ],
)
def test_wrong_commands_are_refused_at_once(text: str, message: str) -> None:
    with pytest.raises(TrainError, match=message):
        TrainBackend(metrics=text)


def test_a_tasks_metric_is_not_measured_twice() -> None:
    with pytest.raises(TrainError, match="'accuracy' of a command is measured already"):
        TrainBackend(metrics="accuracy=./x {pt2}").describe(sym.parse(MODEL), digits())
    with pytest.raises(TrainError, match="'m' of a command is measured already"):
        TrainBackend(metrics=("m=./x {pt2}", "m=./y {pt2}"))
    with pytest.raises(TrainError, match="a number of seconds above 0"):
        TrainBackend(metric_timeout_s=0)


def test_commands_are_part_of_a_studys_text() -> None:
    backend = TrainBackend(metrics={"m": './x --say "hello" {pt2}'}, amp=True)
    assert calls.from_text("backends", calls.to_text("backends", backend)) == backend
    assert commands_of("a=b {pt2}") == ("a=b {pt2}",)


def test_words_are_split_as_a_shell_does_and_no_shell_runs() -> None:
    (made,) = read_commands(["m=run 'a b' $HOME ; {pt2}.copy"], ())
    assert made.words == ("run", "a b", "$HOME", ";", "{pt2}.copy")


class Noisy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(16, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.layers(x)
        return y


def test_exporting_leaves_the_network_as_it_is(tmp_path: Path) -> None:
    network = Noisy().train()
    before = {k: v.clone() for k, v in network.state_dict().items()}
    export(network, image(1, 4, 4), tmp_path / "n.pt2", "pt2")
    assert network.training and all(torch.equal(before[k], v) for k, v in network.state_dict().items())
    inputs = torch.rand(1, 1, 4, 4)
    loaded = torch.export.load(tmp_path / "n.pt2").module()
    assert torch.equal(loaded(inputs), network.eval()(inputs))
    export(nn.Embedding(5, 3), tokens(4), tmp_path / "t.pt2", "pt2")


def test_onnx_is_refused_where_its_packages_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_ONNX", ("no_such_package",))
    with pytest.raises(TrainError, match=r"writing ONNX needs no_such_package: pip install 'symspace\[onnx\]', or take pt2"):
        TrainBackend(metrics="m=./x {onnx}")


def test_a_search_is_told_of_programs_and_goes_on_with_them(tmp_path: Path) -> None:
    space, store = sym.parse(MODEL), tmp_path / "s.db"
    text = f"size_bytes={command('import os, sys; print(os.path.getsize(sys.argv[1]))', '{pt2}')}"
    options: dict[str, Any] = {"algorithm": "random", "seed": 1, "store": store, "study": "own", "listeners": []}
    study = sym.search(space, metrics=text, objectives=["maximize accuracy", "minimize size_bytes"], trials=1, **options)
    assert study.trials[0].metrics["size_bytes"] > 1000 and study.trials[0].values[1] == study.trials[0].metrics["size_bytes"]
    again = resume_study(store, "own", trials=2, listeners=[])
    assert [t.metrics["size_bytes"] > 1000 for t in again.trials] == [True, True]
    with pytest.raises(SymspaceError, match="function runs no metric commands: they are for the backend train"):
        sym.search(sym.parse("space s\nx = 1..9\n"), evaluate=len, metrics=text, trials=1)
    with pytest.raises(SymspaceError, match="is measured already; give it another name"):
        sym.search(space, metrics={"accuracy": "./x {pt2}"}, trials=1)


def test_the_command_takes_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from symbolic.cli.search import command as search

    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.space").write_text(MODEL)
    measured = f"size_bytes={command('import os, sys; print(os.path.getsize(sys.argv[1]))', '{pt2}')}"
    given = ["s.space", "--trials", "1", "--objective", "minimize size_bytes", "--metric", measured, "--study", "own"]
    done = CliRunner().invoke(search, given, standalone_mode=False)
    assert done.exception is None, done.output
    assert sym.load_study(tmp_path / "symspace.db", "own").best.values[0] > 1000


def test_a_program_runs_the_network_as_onnx(run: Callable[..., Any]) -> None:
    """One trial, measured before training: the program reads the file and counts what it gives."""
    pytest.importorskip("onnxscript")
    pytest.importorskip("onnxruntime")
    program = (
        "import sys, numpy, onnxruntime as ort; s = ort.InferenceSession(sys.argv[1]); given = s.get_inputs()[0]; "
        "out = s.run(None, {given.name: numpy.zeros(given.shape, 'float32')})[0]; print(out.size + 100 * len(given.shape))"
    )
    backend = TrainBackend(metrics={"measured": command(program, "{onnx}")})
    result = run(sym.parse(MODEL), {"model/linear/width": 16}, backend=backend)
    assert result.status == "ok", result.failure
    assert result.metrics["measured"] == 10 + 100 * 4


def test_a_plan_knows_of_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from symbolic.cli.plan import command as plan

    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.space").write_text(MODEL)
    given = ["s.space", "--objective", "minimize energy_mj", "--trials", "3"]
    done = CliRunner().invoke(plan, [*given, "--metric", "energy_mj=./measure {pt2}"], standalone_mode=False)
    assert done.exception is None and "minimize energy_mj" in done.output and "./measure" in done.output
    refused = CliRunner().invoke(plan, given, standalone_mode=False)
    assert isinstance(refused.exception, SymspaceError) and "reads 'energy_mj'" in str(refused.exception)
