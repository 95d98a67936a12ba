"""kill -9 of loops, their workers, and several processes: nothing that ended is lost, nothing ends twice, the rest is exact."""

from __future__ import annotations

import os
import random
import signal
import time

import psutil
import pytest


@pytest.mark.parametrize("location", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True)
def test_kills_of_a_loop_and_its_worker(long_study, tmp_path, location):
    """One worker: what is left equals an uninterrupted run."""
    study = long_study(location, workers=1, trials=14)
    hits = study.killed(2, random.Random(1), 0.1)
    study.whole()
    reference = long_study(tmp_path / "whole.db", workers=1, trials=14)
    reference.whole()
    study.check()
    assert hits >= 1 and study.digest() == reference.digest()


def test_a_killed_worker_costs_its_trial(long_study, tmp_path):
    """Every other trial is as it would be anyway (with an algorithm that learns from none)."""
    study = long_study(tmp_path / "s.db", workers=1, trials=12, pause_s=0.05, algorithm="random")
    process = study.start()
    assert study.ready(process)
    (worker,) = [p for p in psutil.Process(process.pid).children(recursive=True) if "spawn_main" in " ".join(p.cmdline())]
    os.kill(worker.pid, signal.SIGKILL)
    out, err = process.communicate(timeout=200)
    assert "ended trials" in out, err
    study.check()
    reference = long_study(tmp_path / "whole.db", workers=1, trials=12, algorithm="random")
    reference.whole()
    mine, theirs = study.finals(), reference.finals()
    differ = [n for n in mine if mine[n] != theirs[n]]
    assert len(differ) == 1 and mine[differ[0]][2] == "lost"
    assert study.rows("select number, point from trial order by 1") == reference.rows(
        "select number, point from trial order by 1"
    )


def several(study, processes, kills, chance):
    """Several processes on one study, killed now and then and started again; the last ones run to the end."""
    running, ended, hits = [study.start() for _ in range(processes)], {}, 0
    for _ in range(kills):
        victim = running.pop(0)
        working = study.ready(victim)
        time.sleep(chance.uniform(0.0, 0.2))
        ended = {**ended, **study.finals()}
        hits += working and victim.poll() is None
        study.kill(victim)
        running.append(study.start())
    for process in running:
        _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
    study.check()
    last = study.finals()
    assert {n: last[n] for n in ended} == ended and hits >= kills / 2


@pytest.mark.parametrize("location", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True)
def test_several_processes_of_which_some_are_killed(long_study, location):
    several(long_study(location, trials=60, pause_s=0.02), 2, 1, random.Random(3))


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 1])
def test_twenty_kills_of_a_loop(long_study, tmp_path, location, workers):
    study = long_study(location, workers=workers, trials=120, pause_s=0.02)
    hits = study.killed(20, random.Random(workers), 0.4)
    study.whole()
    reference = long_study(tmp_path / "whole.db", workers=workers, trials=120)
    reference.whole()
    study.check()
    assert hits >= 10 and study.digest() == reference.digest()


@pytest.mark.slow
def test_twenty_kills_of_a_loop_with_several_workers(long_study, location):
    study = long_study(location, workers=3, trials=200, pause_s=0.02)
    ended = {}
    for at in range(20):
        study.killed(1, random.Random(at), 0.4)
        now = study.finals()
        assert {n: now[n] for n in ended} == ended
        ended = now
    study.whole()
    study.check()


@pytest.mark.slow
def test_twenty_kills_among_several_processes(long_study, location):
    several(long_study(location, trials=900, pause_s=0.05), 3, 20, random.Random(4))
