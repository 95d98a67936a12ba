"""`symspace worker`: joins a search that runs in another process, leaves when told, gives back what had not ended."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from symbolic.search.joining import join
from symbolic.search.store import store_at
from symbolic.search.study import load_study, search

OBJECTIVE = """
import os
import time

def measured(values, trial):
    with open("ran.txt", "a") as file:
        file.write(f"{trial.number} {os.getpid()}\\n")
    for step in range(1, 6):
        time.sleep(float(os.environ.get("PAUSE_S", "0.01")))
        trial.report(float(values["a"]), step)
        if trial.should_stop():
            break
    return float(values["a"])
"""
SPACE = "space joined version 1\na = 0..9\nb = 0..9\nmaximize value\n"


@pytest.fixture
def study(location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A study of which one trial was run; 40 are wanted."""
    (tmp_path / "worker_objective.py").write_text(OBJECTIVE)
    (tmp_path / "joined.space").write_text(SPACE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    import worker_objective  # type: ignore[import-not-found]

    search(
        "joined.space",
        evaluate=worker_objective.measured,
        algorithm="random",
        trials=1,
        store=location,
        study="s",
        listeners=[],
    )
    del sys.modules["worker_objective"]
    raise_budget(location, 40)
    return location


def raise_budget(location: str, trials: int) -> None:
    from symbolic.language.load import parse
    from symbolic.search.problem import Budget

    record = load_study(location, "s").record
    log = store_at(location).open(record.identity, parse(record.identity.space).lower(), record)
    log.set_budget(Budget(trials))
    log.disconnect()


def joined(location: str, *arguments: str, pause_s: float = 0.01) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "symbolic.cli", "worker", location, "s", *arguments]
    environment = {**os.environ, "PAUSE_S": str(pause_s), "COLUMNS": "300"}
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)


def wait_until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


def ran() -> list[list[str]]:
    return [line.split() for line in Path("ran.txt").read_text().splitlines()]


@pytest.mark.parametrize("location", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True)
def test_two_workers_run_a_study_to_its_end(study: str) -> None:
    workers = [joined(study), joined(study)]
    errors = [worker.communicate(timeout=100)[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], errors
    assert all("study s has ended (trials)" in told for told in errors), errors
    trials = load_study(study, "s").trials
    assert [t.number for t in trials] == list(range(40)) and {t.state for t in trials} == {"ok"}
    assert sorted(int(number) for number, _ in ran()) == list(range(40))


@pytest.mark.parametrize(
    ("location", "how"), [("sqlite", signal.SIGINT), ("postgresql", signal.SIGTERM)], indirect=["location"]
)
def test_a_worker_that_is_told_to_leave_gives_its_trial_back(
    study: str, how: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = joined(study, pause_s=0.1)
    wait_until(lambda: len(ran()) >= 3)
    worker.send_signal(how)
    told = worker.communicate(timeout=60)[1]
    assert worker.returncode == 128 + how and "left study s;" in told, told
    view = store_at(study).view("s")
    counts = view.counts()
    view.disconnect()
    assert counts.finished >= 2 and counts.unfinished <= 1
    monkeypatch.setenv("PAUSE_S", "0")
    whole = join(study, "s", listeners=[])
    assert whole.why == "trials" and {t.state for t in whole.trials} == {"ok"}


def test_durable_goes_with_the_store(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    from backends.store.sqlite import SqliteFile

    opened, original = [], SqliteFile.connect

    def connect(self: SqliteFile, *, write: bool) -> object:
        opened.append(self.settings.durable)
        return original(self, write=write)

    monkeypatch.setattr(SqliteFile, "connect", connect)
    Path("values.space").write_text(SPACE)
    search(
        "values.space", evaluate=len, algorithm="random", trials=1, store="sqlite:///s.db?durable=true", study="s", listeners=[]
    )
    assert Path("s.db").is_file() and opened and all(opened)
    assert run("status", "--store", "s.db", "--durable").code == 0 and opened[-1]
    opened.clear()
    assert run("status", "--store", "s.db").code == 0 and not any(opened)


@pytest.mark.parametrize("location", ["sqlite"], indirect=True)
def test_json(run: Callable, study: str) -> None:
    found = run("worker", study, "s", "--json")
    told = json.loads(found.out)
    assert found.code == 0 and told["why"] == "trials" and told["trials"]["ok"] == 40 and told["ended_meanwhile"] == 39


def test_mistakes(run: Callable, location: str) -> None:
    found = run("worker", location, "s")
    assert found.code == 2 and "nothing was searched here yet" in found.err
    found = run("worker", "some.db", "s", "--folder", "x")
    assert found.code == 2 and "--folder goes with postgresql://user@host/database" in found.err


def test_a_server_needs_a_folder_only_where_files_are_kept(run: Callable, postgresql: str) -> None:
    from sqlalchemy import make_url

    plain = make_url(postgresql).difference_update_query(["folder"]).render_as_string(hide_password=False)
    Path("small.space").write_text(
        "space small\ntask digits\nmodel = global_avg_pool >> linear(classes)\n"
        "train { lr: 1e-3..1e-1 log, epochs: fidelity 1..2 }\nmaximize accuracy\n"
    )
    found = run("search", "small.space", "--trials", "1", "--algorithm", "random", "--store", plain)
    assert found.code == 0 and "no checkpoints and no trained weights are kept" in found.err, found.err
    assert "join with: symspace worker" in found.err
    found = run("search", "small.space", "--trials", "2", "--algorithm", "random", "--store", plain, "--folder", "kept")
    assert found.code == 0 and "no checkpoints" not in found.err and list(Path("kept").rglob("checkpoints")), found.err
    assert json.loads(run("status", "--json", "--store", plain).out)["ok"] == 2
