"""One trial in several processes: reports of rank 0, one verdict for all, and every way in which a process ends."""

from __future__ import annotations

import importlib
import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import symbolic as sym
from backends.errors import BackendError
from backends.executors.serial import Serial
from backends.function import FunctionBackend, Handle
from backends.ranks import across
from symbolic.search.events import Result, Trial

MODULE = """
import os, sys, time

def counting(trial, high):
    for step in range(1, high + 1):
        trial.report({"value": 10 * trial.rank + step}, step)
        if trial.should_stop():
            break
    return trial.rank, trial.ranks, step

def failing(trial, how):
    if trial.rank == 1:
        if how == "raise":
            raise LookupError("no such thing")
        if how == "die":
            os._exit(3)
        if how == "return":
            return 0.0
        if how == "lambda":
            return lambda: 0.0
    if how != "lambda":
        trial.report(1.0, 1)
        time.sleep(60)

def averaging(trial):
    import torch
    import torch.distributed as dist

    dist.init_process_group("gloo", init_method=trial.meeting, rank=trial.rank, world_size=trial.ranks)
    total = torch.tensor(float(trial.rank + 1))
    dist.all_reduce(total)
    trial.report(float(total), 1)
    dist.destroy_process_group()
    return float(total)
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "functions_of_ranks.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    return importlib.import_module("functions_of_ranks")


def run(function: Callable[..., Any], verdict: Callable[[Result], Any] = lambda report: "go") -> tuple[Result, list[Result]]:
    space, reports = sym.parse("space s\nx = 1..9\n"), []

    def on_report(report: Result) -> Any:
        reports.append(report)
        return verdict(report)

    session = Serial().open(FunctionBackend(function), space, None, 0, None)
    session.submit([Trial(0, space.candidate({"x": 1}).point)])
    (result,) = session.collect(on_report, None)
    session.close()
    assert multiprocessing.active_children() == []
    return result, reports


def test_rank_0_reports_and_all_hear_the_verdict(module: Any) -> None:
    ends: list[Any] = []

    def objective(values: object, trial: Handle) -> float:
        ends.append(across(trial, module.counting, 2, 4))
        return 1.0

    result, reports = run(objective)
    assert result.status == "ok", result.failure
    assert [dict(r.metrics) for r in reports] == [{"value": float(step)} for step in (1, 2, 3, 4)]
    result, reports = run(objective, lambda report: "stop" if report.fidelity == 2 else "go")
    assert (result.status, len(reports)) == ("stopped", 2)
    assert ends == [(0, 2, 4), (0, 2, 2)]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("raise", "rank 1 of trial 0 failed:"),
        ("die", "rank 1 of trial 0 died without a word"),
        ("return", "rank 1 has returned, while rank 0 reports: all ranks report equally often"),
        ("lambda", "what it returned cannot be sent"),
    ],
)
def test_one_that_ends_badly_ends_all(how: str, message: str, module: Any) -> None:
    failure = run(lambda values, trial: across(trial, module.failing, 2, how))[0].failure
    assert failure is not None and message in failure.message
    assert how != "raise" or "LookupError: no such thing" in failure.message


def test_what_cannot_be_sent_is_refused(module: Any) -> None:
    failure = run(lambda values, trial: across(trial, lambda rank: 0.0, 2))[0].failure
    assert failure is not None and "cannot be sent to other processes" in failure.message
    for ranks in (0, True, 1.5):
        with pytest.raises(BackendError, match="how many processes share the trial"):
            across(None, module.counting, ranks)  # type: ignore[arg-type]


@pytest.mark.slow
def test_ranks_meet_in_a_process_group(module: Any) -> None:
    result, reports = run(lambda values, trial: across(trial, module.averaging, 2))
    assert result.status == "ok", result.failure
    assert dict(reports[0].metrics) == dict(result.metrics) == {"value": 3.0}
