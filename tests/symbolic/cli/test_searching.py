"""The commands that run and read studies, on digits: search, resume, status, best."""

import json
import math
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import symbolic as sym

SMALL = """space small
task digits
model = conv2d(4..8 step 4, kernel: 3 | 5) >> (relu | gelu) >> global_avg_pool >> linear(classes)
train { lr: 1e-3..1e-1 log, epochs: fidelity 1..2 }
maximize accuracy
require params(model) <= 250
"""


@pytest.fixture
def small(run: Callable) -> str:
    Path("small.space").write_text(SMALL)
    return "small.space"


def test_a_study_is_searched_continued_and_read(run: Callable, small: str) -> None:
    found = run("search", small, "--trials", "5", "--algorithm", "random")
    assert found.code == 0, found.err
    assert "on test data, measured once: accuracy" in found.out
    counts = json.loads(run("status", "--json").out)
    assert counts["ok"] + counts["infeasible"] == 5
    again = run("search", small, "--trials", "5", "--algorithm", "random")
    assert "nothing is left to do" in again.err
    more = run("resume", "--trials", "7")
    assert more.code == 0, more.err
    counts = json.loads(run("status", "--json").out)
    assert counts["ok"] + counts["infeasible"] == 7
    best = json.loads(run("best", "--json").out)
    assert {"number", "values", "candidate"} <= set(best)
    space = sym.parse(SMALL)
    assert space.candidate(best["candidate"])
    study = sym.load_study("symspace.db", "small-random-s0")
    assert best["values"] == list(study.best.values)
    assert best["values"][0] == max(t.values[0] for t in study.trials if t.state == "ok")


@pytest.mark.parametrize("given", [(), ("--task", "digits", "--objective", "minimize loss")])
def test_the_suggested_commands_work(run: Callable, small: str, given: tuple[str, ...]) -> None:
    if given:
        Path(small).write_text(SMALL.replace("task digits\n", "").replace("maximize accuracy\n", ""))
    found = run("search", small, "--trials", "2", *given)
    assert all(("--task digits" in line) == bool(given) for line in found.out.splitlines() if "symspace search" in line)
    commands = re.findall(r"^  symspace (.*?)\s+#", found.out, re.M)
    assert len(commands) >= 4
    spent = json.loads(run("status", "--json").out)["study"]["elapsed_s"]
    for command in commands:
        limit = f"{spent + 2:.1f}s" if command.startswith("resume") else "1s"
        found = run(*(limit if re.fullmatch(r"\d+m", a) else a for a in shlex.split(command)))
        assert found.code == 0, (command, found.err)


def test_the_limit_on_parameters_is_honoured_before_training(run: Callable, small: str) -> None:
    run("search", small, "--trials", "12", "--algorithm", 'random(how: "uniform")')
    study = sym.load_study("symspace.db", "small-random-s0")
    over = [t for t in study.trials if t.metrics.get("params", 0) > 250]
    assert over
    assert all(t.state == "infeasible" and "accuracy" not in t.metrics for t in over)
    assert study.best.metrics["params"] <= 250


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_search_ends_cleanly_and_goes_on(run: Callable, small: str, number: int) -> None:
    command = [sys.executable, "-m", "symbolic.cli", "search", small, "--trials", "400"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ)
    _wait_for_trials(3)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number, err
    assert "symspace resume small-regularized_evolution-s0" in err
    assert "Traceback" not in err
    before = json.loads(run("status", "--json").out)
    assert before["ok"] + before["infeasible"] >= 3
    found = run("resume", "--trials", str(sum(before[s] for s in ("ok", "infeasible", "pending")) + 2))
    assert found.code == 0, found.err
    after = json.loads(run("status", "--json").out)
    assert after["ok"] + after["infeasible"] >= before["ok"] + before["infeasible"] + 2
    assert after["pending"] == 0


def _wait_for_trials(count: int, limit_s: float = 60.0) -> None:
    """Wait until a study in `symspace.db` has so many finished trials."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if Path("symspace.db").exists():
            try:
                study = sym.load_study("symspace.db", "small-regularized_evolution-s0")
                if sum(t.state != "pending" for t in study.trials) >= count:
                    return
            except sym.SymspaceError:
                pass
        time.sleep(0.2)
    raise AssertionError("the search did not get going")


@pytest.mark.slow
def test_ten_kills_of_a_search_with_one_worker_lose_nothing(run: Callable, small: str) -> None:
    """kill -9 of the whole process group at random moments: nothing finished is lost, and the proposals stay the same."""
    command = [sys.executable, "-m", "symbolic.cli", "search", small, "--trials", "160", "--workers", "1"]
    chance, finished = random.Random(5), dict[int, tuple[str, tuple[float, ...]]]()
    for _ in range(10):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
        _wait_for_trials(len(finished) + 1)  # a trial that is adopted five times without a report counts as lost
        time.sleep(chance.uniform(0.0, 1.0))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        now = _finished("symspace.db") if Path("symspace.db").exists() else {}
        assert {number: now.get(number) for number in finished} == finished
        finished = now
    assert run("resume", "--workers", "1").code == 0
    assert run("search", small, "--trials", "160", "--store", "whole.db").code == 0
    assert _finished("symspace.db") == _finished("whole.db")
    assert set(_finished("symspace.db")) == set(range(160))


def _finished(store: str) -> dict[int, tuple[str, tuple[float, ...]]]:
    """Candidate and values of every finished trial; none where the study was not stored yet."""
    try:
        study = sym.load_study(store, "small-regularized_evolution-s0")
    except sym.SymspaceError:
        return {}
    ended = (t for t in study.trials if t.state != "pending")
    return {t.number: (t.candidate.text(), tuple(-1.0 if math.isnan(v) else v for v in t.values)) for t in ended}
