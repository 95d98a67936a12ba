"""Joining a study: several loops on one log, taking over what a dead one left, leaving in time, one report."""

from __future__ import annotations

import importlib
import sys
import threading
import time

import pytest

from symbolic.language.load import parse
from symbolic.search.interrupts import Stop
from symbolic.search.joining import join, leaving_after
from symbolic.search.notices import Adopted, Finished, Note, Waiting
from symbolic.search.problem import Budget
from symbolic.search.store import StoreBusy, StoreError, store_at
from symbolic.search.study import load_study, search

MODULE = """
import time
pause_s = 0.0
seen = []

def slow(values, trial):
    seen.append(trial.number)
    for step in range(1, 4):
        time.sleep(pause_s)
        trial.report(float(values["a"]), step)
        if trial.should_stop():
            break
    return float(values["a"])
"""


@pytest.fixture
def objective(tmp_path, monkeypatch):
    """A module with a function to measure candidates by, which every loop imports."""
    (tmp_path / "joining_objective.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    import joining_objective  # type: ignore[import-not-found]

    yield joining_objective
    del sys.modules["joining_objective"]


SPACE = parse("space joined version 1\na = 0..9\nb = 0..9\nmaximize value\n")


def started(location, objective, trials, **settings):
    settings = {"algorithm": "random", "listeners": [], **settings}
    return search(SPACE, evaluate=objective.slow, trials=trials, store=location, study="s", **settings)


def disown(location, owner):
    """Give all pending trials to a process that is gone."""
    import sqlalchemy as sa

    connection = store_at(location).database.connect(write=True)
    with connection.begin():
        connection.execute(sa.text("update trial set owner = :owner where status = 'pending'"), {"owner": owner})
    connection.close()
    connection.engine.dispose()


def test_two_loops_share_a_study(location, objective):
    objective.pause_s = 0.001
    started(location, objective, 1)
    heard, found = [], []

    def work():
        found.append(join(location, "s", listeners=[]))

    other = threading.Thread(target=work)
    study = None

    def listen(notice):
        heard.append(notice)
        if isinstance(notice, Finished) and not found and not other.is_alive() and other.ident is None:
            other.start()

    study = started(location, objective, 60, listeners=[listen])
    other.join()
    assert study.why == "trials" and found[0].why == "trials"
    trials = load_study(location, "s").trials
    assert [t.number for t in trials] == list(range(60)) and {t.state for t in trials} == {"ok"}
    assert sorted(objective.seen) == list(range(60))
    assert len([n for n in heard if isinstance(n, Finished)]) >= 59


def test_a_worker_leaves_in_time_and_gives_back_what_runs(location, objective):
    objective.pause_s = 0.03
    started(location, objective, 1)
    log = store_at(location).open(load_study(location, "s").record.identity, SPACE.lower(), load_study(location, "s").record)
    log.set_budget(Budget(trials=1000))
    log.disconnect()
    left = join(location, "s", time=0.3, listeners=[])
    assert left.why == "interrupted" and 1 < len(left.trials) < 100
    counts = store_at(location).view("s")
    pending = counts.counts().by_status.get("pending", 0)
    assert pending <= 1 and counts.record.state == "open"
    counts.disconnect()
    objective.pause_s = 0.0
    whole = started(location, objective, len(left.trials) + 2)
    assert {t.state for t in whole.trials} == {"ok"}


def test_trials_of_a_dead_process_are_taken_over_between_trials(location, objective, monkeypatch):
    """Not only at the end: with free places a loop looks for them now and then."""
    monkeypatch.setattr(importlib.import_module("symbolic.search.loop"), "ADOPT_S", 0.0)
    stop, heard = Stop(), []

    def listen(notice):
        heard.append(notice)
        if isinstance(notice, Finished) and notice.result.trial.number == 2:
            disown(location, "")
            with log.turn() as turn:
                turn.propose([_trial(turn.next)], 0.0)
            disown(location, "gone/99999999/1.00/aa")

    started(location, objective, 1)
    record = load_study(location, "s").record
    log = store_at(location).open(record.identity, SPACE.lower(), record)
    study = started(location, objective, 12, listeners=[listen], stop=stop)
    log.disconnect()
    order = [n for n in heard if isinstance(n, Adopted | Finished)]
    at = next(i for i, n in enumerate(order) if isinstance(n, Adopted))
    assert order[at].trial.number == 3 and order[at + 1].result.trial.number == 3
    assert [t.state for t in study.trials] == ["ok"] * 12


def _trial(number):
    from symbolic.search.events import Trial

    return Trial(number, SPACE.sample(1, seed=5)[0].point)


def test_whoever_ends_first_waits_for_the_others(location, objective):
    """A spent budget does not end a loop while trials run elsewhere: their process may die."""
    started(location, objective, 3)
    record = load_study(location, "s").record
    other = store_at(location).open(record.identity, SPACE.lower(), record)
    with other.turn() as turn:
        turn.propose([_trial(3)], 0.0)
    heard = []

    def die():
        time.sleep(0.3)
        disown(location, "gone/99999999/1.00/aa")

    thread = threading.Thread(target=die)
    thread.start()
    study = started(location, objective, 4, listeners=[heard.append])
    thread.join()
    other.disconnect()
    assert [n.reason for n in heard if isinstance(n, Waiting)] == ["waiting for 1 trial of other processes"]
    assert [t.state for t in study.trials] == ["ok"] * 4 and study.why == "trials"


def test_an_older_copy_of_the_store_is_noticed(tmp_path, objective):
    location = str(tmp_path / "s.db")
    with pytest.raises(StoreError, match="an older copy took its place"):
        started(location, objective, 30, listeners=[lambda n: isinstance(n, Finished) and _forget(location)])


def _forget(location):
    import sqlalchemy as sa

    connection = store_at(location).database.connect(write=True)
    with connection.begin():
        connection.execute(sa.text("update study set seq = 0"))
    connection.close()
    connection.engine.dispose()


def test_studies_that_live_in_one_process_are_not_joined(location, objective):
    started(location, objective, 2, deterministic=True)
    record = load_study(location, "s").record
    other = store_at(location).open(record.identity, SPACE.lower(), record)
    with pytest.raises(StoreBusy, match="deterministic order needs one process"):
        join(location, "s", listeners=[])
    other.disconnect()


def test_how_to_join_is_said_on_a_server(postgresql, objective):
    heard = []
    started(postgresql, objective, 2, listeners=[heard.append])
    notes = [n.text for n in heard if isinstance(n, Note)]
    assert any("symspace worker" in text and "postgresql://" in text and text.endswith(" s") for text in notes), notes


def test_the_timer_ends_with_its_block():
    stop = Stop()
    with leaving_after(stop, 30.0):
        pass
    assert not stop.requested
    with leaving_after(stop, 0.01):
        time.sleep(0.1)
    assert stop.requested
    assert not any(isinstance(t, threading.Timer) for t in threading.enumerate())
