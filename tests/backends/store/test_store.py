"""The store, in a file and on a server: turns, sequence numbers, owners, identity, documents."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import attrs
import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from backends.store import columns, owners
from backends.store.heart import Heart
from backends.store.sql import SqlStore
from symbolic.errors import SymspaceError
from symbolic.language.load import parse
from symbolic.points import Point, Schedule
from symbolic.search.events import Failure, Result, Trial
from symbolic.search.plain import dumps
from symbolic.search.problem import Budget
from symbolic.search.store import Identity, Record, Snapshot, StoreError, store_at

SPACE = parse('space toy version 1\na = 0..9\nb = 1 | 2 | 3\nlr = 1e-4..1.0 log\npick = subset 0..2 of { "x", "y" }\n')
TABLE = SPACE.lower()
POINTS = [c.point for c in SPACE.sample(64)]


def identity(**changes) -> Identity:
    made = Identity("one", SPACE.text(), SPACE.hash, 1, "function", "random", "digits", 0, {"reuse": True})
    return attrs.evolve(made, **changes)


def opened(location, **changes):
    same = identity(**changes)
    return SqlStore(str(location)).open(
        same, TABLE, Record(same, same.algorithm, versions={"symspace": "0.1"}, budget=Budget(9))
    )


@pytest.fixture
def log(location):
    log = opened(location)
    yield log
    log.disconnect()


def rows(location, statement, **values):
    """Run a statement beside the store; return its rows, if it has some."""
    connection = SqlStore(str(location)).database.connect(write=True)
    try:
        with connection.begin():
            found = connection.execute(sa.text(statement), values)
            return [tuple(row) for row in found] if found.returns_rows else []
    finally:
        connection.close()
        connection.engine.dispose()


def trial(number=0, **fields) -> Trial:
    return Trial(number, POINTS[number], **fields)


def end(log, number, value=1.0):
    with log.turn() as turn:
        return turn.finish(Result(trial(number), "ok", {"value": value}, cost_s=0.5))


def propose(log, *numbers, **fields):
    with log.turn() as turn:
        turn.propose([trial(n, **fields) for n in numbers], 0.25)


def seqs(location):
    return sorted(s for (s,) in rows(location, "select seq from trial union all select seq from result where seq is not null"))


def test_events_come_back_in_order_as_they_were_told(log, location):
    schedule = {"lr": Schedule((0.0, 0.5), (0.1, 0.01))}
    rich = Trial(1, POINTS[1], "evaluate", 3.0, 0, 1.0, 4, 0.5, schedule, {"rung": (1, [2.5])}, "queued", "supernet")
    report = Result(trial(0), "running", {"value": 0.5}, 1.0)
    with log.turn() as turn:
        turn.propose([trial(0), rich], 0.25)
    with log.turn() as turn:
        turn.report(report, stop=True)
    with log.turn() as turn:
        assert turn.finish(Result(trial(0), "failed", {"value": float("nan")}, None, 2.0, failure=Failure("nan", "m", "t")))
    assert end(log, 1)
    with log.turn() as turn:
        events = turn.news(0)
        assert (turn.seq, turn.next) == (5, 2) and turn.news(5) == [] and len(turn.news(3)) == 2
    assert [dumps(e) for e in events[:2]] == [dumps(trial(0)), dumps(rich)]
    assert dumps(events[2]) == dumps(report) and events[2].trial is events[0]
    assert events[3].failure == Failure("nan", "m", "t") and np.isnan(events[3].metrics["value"])
    assert seqs(location) == [1, 2, 3, 4, 5]


def test_a_turn_that_raises_leaves_no_trace(log, location):
    propose(log, 0)
    with pytest.raises(ZeroDivisionError), log.turn() as turn:
        turn.propose([trial(1)], 0.0)
        turn.spend(9.0, 9.0)
        raise ZeroDivisionError
    assert seqs(location) == [1] and log.record.cost_s == 0.0
    propose(log, 1)
    assert seqs(location) == [1, 2]


def test_a_result_is_final_once(log):
    propose(log, 0)
    assert end(log, 0) and not end(log, 0)
    assert log.counts().by_status == {"ok": 1}
    with pytest.raises(StoreError), log.turn() as turn:
        turn.propose([trial(0)], 0.0)


def test_owners_adoption_and_release(location):
    first, second = opened(location), opened(location)
    propose(first, 0, 1, 2)
    with second.turn() as turn:
        assert turn.adopt(5) == [] and turn.others() == 3 and not turn.mine(0)
    assert not end(second, 0)
    with first.turn() as turn:
        turn.report(Result(trial(1), "running", {"value": 1.0}, 2.0), stop=True)
        assert turn.arrive(Result(trial(2), "ok", {"value": 3.0}))
        turn.close("open", "trials")
    with second.turn() as turn:
        adopted = turn.adopt(5)
        assert turn.others() == 0 and turn.mine(0) and turn.sources() == {0, 1, 2}
    assert [(p.trial.number, p.told, p.stop) for p in adopted] == [
        (0, float("-inf"), False),
        (1, 2.0, True),
        (2, float("-inf"), False),
    ]
    assert adopted[2].arrived.metrics == {"value": 3.0} and not any(p.lost for p in adopted)
    assert end(second, 0) and not end(first, 1)
    with second.turn() as turn:
        turn.tell_arrived(2)
    assert second.counts().by_status == {"ok": 2, "pending": 1}
    assert len(second.companions()) == 0
    first.disconnect()
    second.disconnect()


def disown(location, number, owner="gone/99999999/1.00/aa"):
    rows(location, "update trial set owner = :owner where number = :number", owner=owner, number=number)


def test_a_trial_that_keeps_losing_its_process_is_lost_unless_it_reports(log, location):
    propose(log, 0)
    for attempt in range(1, 8):
        disown(location, 0)
        with log.turn() as turn:
            (adopted,) = turn.adopt(5)
        assert adopted.lost == (attempt > 5)
    with log.turn() as turn:
        turn.report(Result(trial(0), "running", {"value": 1.0}, 1.0), stop=False)
    disown(location, 0)
    with log.turn() as turn:
        assert not turn.adopt(5)[0].lost
    for _ in range(9):
        disown(location, 0, "")
        with log.turn() as turn:
            assert not turn.adopt(5)[0].lost


def test_who_lives(log):
    me = owners.this_process()
    now = time.time()
    host, pid, start, _ = me.rsplit("/", 3)
    assert owners.alive(me, None, now) and owners.alive(f"{host}/{pid}/{start}/other", None, now)
    assert not owners.alive(f"{host}/{pid}/{float(start) - 100}/x", None, now)
    assert not owners.alive(f"{host}/99999999/{start}/x", None, now)
    assert not owners.alive("", None, now) and not owners.alive("nonsense", None, now)
    elsewhere = f"other-host-0-1/{pid}/{start}/x"
    assert owners.alive(elsewhere, now - 59, now) and not owners.alive(elsewhere, now - 61, now)
    assert not owners.alive(elsewhere, None, now)
    assert owners.shown(me).startswith(f"process {pid} on ")


def test_a_zombie_is_dead():
    import psutil

    child = subprocess.Popen([sys.executable, "-c", "pass"])
    process = psutil.Process(child.pid)
    owner = f"{owners.host()}/{child.pid}/{process.create_time():.2f}/x"
    for _ in range(1000):
        if process.status() == psutil.STATUS_ZOMBIE:
            break
        time.sleep(0.01)
    assert not owners.alive(owner, None, time.time())
    child.wait()


def test_companions_are_named(location):
    one, two = opened(location), opened(location)
    assert one.companions() == [owners.shown(two.owner)]
    two.disconnect()
    assert one.companions() == []
    one.disconnect()


def test_the_heart_beats_while_the_loop_is_busy(log, location):
    def beat():
        return rows(location, "select beat_s from process")[0][0]

    first = beat()
    with log.turn():  # a beat that meets a lock is late, and no more
        heart = Heart(SqlStore(location, busy_timeout_s=0.02).database, log.owner, pause_s=0.01)
        heart.start()
        time.sleep(0.1)
    limit = time.monotonic() + 10
    while beat() == first and time.monotonic() < limit:
        time.sleep(0.01)
    heart.stop()
    heart.stop()
    last = beat()
    assert last > first and not heart.thread.is_alive()
    time.sleep(0.05)
    assert beat() == last


def test_record_budget_snapshot_and_documents(location):
    log = opened(location)
    assert log.record.identity == identity() and log.record.budget == Budget(9) and log.record.state == "open"
    assert log.snapshot() is None and log.document("queue") is None
    log.set_budget(Budget(None, 2.5))
    log.put_document("queue", [{"a": 1}])
    log.put_document("queue", [{"a": 2}])
    state = {"logits": np.arange(3.0), "t": (1, float("inf"))}
    for number in (7, 9):
        with log.turn() as turn:
            turn.save_snapshot(Snapshot(3, number, f"snapshots/{number}", state))
    with log.turn() as turn:
        turn.spend(5.0, 1.0)
        assert turn.settle("random(how: 1)") == "random(how: 1)" and turn.settle("other") == "random(how: 1)"
        turn.close("done", "done")
    log.disconnect()
    log.disconnect()
    again = opened(location)
    assert again.document("queue") == [{"a": 2}] and again.snapshot().folder == "snapshots/9"
    assert (again.snapshot().state["logits"] == [0, 1, 2]).all() and again.snapshot().state["t"] == (1, float("inf"))
    record = again.record
    assert (record.state, record.why, record.elapsed_s, record.cost_s) == ("done", "done", 5.0, 1.0)
    assert record.algorithm == "random(how: 1)" and record.scaled and record.identity.algorithm == "random"
    assert record.budget == Budget(None, 2.5) and record.versions == {"symspace": "0.1"}
    with again.turn() as turn:
        assert turn.next == 9
    again.disconnect()


def test_many_studies_in_one_file_do_not_see_each_other(location):
    one, two = opened(location), opened(location, name="two", seed=5)
    propose(one, 0, 1)
    propose(two, 0)
    end(two, 0)
    assert one.counts().by_status == {"pending": 2} and two.counts().by_status == {"ok": 1}
    assert SqlStore(str(location)).names() == ["one", "two"]
    assert one.folder != two.folder and one.folder.name == "one"
    one.disconnect()
    two.disconnect()


def test_views_read_while_a_turn_is_open_and_page(log, location):
    propose(log, *range(20))
    for n in range(15):
        end(log, n, float(n))
    view = SqlStore(str(location)).view("one")
    with log.turn() as turn:
        turn.propose([trial(20)], 0.0)
        entries = list(view.entries(TABLE))
    assert [e.trial.number for e in entries] == list(range(20))
    assert [e.result.metrics["value"] for e in entries[:15]] == list(range(15))
    assert {e.status for e in entries[15:]} == {"pending"} and entries[0].ended_s >= entries[0].created_s
    assert all(e.trial.point.key == POINTS[e.trial.number].key for e in entries)
    assert view.counts().finished == 15 and view.counts().proposed == 21
    view.disconnect()


def test_pages_follow_each_other(log, location, monkeypatch):
    import backends.store.view as module

    monkeypatch.setattr(module, "PAGE", 3)
    propose(log, *range(8))
    assert [e.trial.number for e in log.entries(TABLE)] == list(range(8))


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"task": None}, "task: digits -> None"),
        ({"backend": "train"}, "backend: function -> train"),
        ({"algorithm": "tpe"}, "algorithm: random -> tpe"),
        ({"seed": 3}, "seed: 0 -> 3"),
        ({"options": {"reuse": False}}, "reuse: True -> False"),
    ],
)
def test_identity(log, location, changes, line):
    with pytest.raises(StoreError) as e:
        opened(location, **changes)
    assert line in str(e.value) and "another name" in str(e.value)


def test_a_space_that_differs_is_shown_by_path(log, location):
    text = SPACE.text().replace("a = 0..9", "a = 0..9 step 3").replace("b = 1", "c = 1").replace("1.0 log", "0.1 log")
    other = parse(text)
    same = identity(space=other.text(), space_hash=other.hash)
    with pytest.raises(StoreError) as e:
        SqlStore(str(location)).open(same, other.lower(), Record(same, "random"))
    shown = str(e.value)
    for line in ("- b", "+ c", "~ a 0..9 -> 0..9 step 3", "~ lr 0.0001..1 log -> 0.0001..0.1 log"):
        assert f"  {line}\n" in shown
    constrained = parse(SPACE.text() + "require a > 3\n")
    same = identity(space=constrained.text(), space_hash=constrained.hash)
    with pytest.raises(StoreError, match=r"\+ require a > 3"):
        SqlStore(str(location)).open(same, constrained.lower(), Record(same, "random"))


@given(st.permutations(range(4)))
def test_points_are_read_by_path_whatever_the_order_of_columns(order):
    lines = ["a = 0..9", "b = 1 | 2 | 3", "lr = 1e-4..1.0 log", "mu = 0.0..1.0"]
    old = parse("space toy version 1\n" + "\n".join(lines) + "\n")
    new = parse("space toy version 1\n" + "\n".join(lines[i] for i in order) + "\n")
    reader = columns.reader(columns.describe(old.lower()), new.lower())
    for c in old.sample(3):
        point = reader.read(columns.write(c.point))
        assert new.candidate(c.to_dict()).point.key == point.key


def test_a_decision_that_is_another_one_cannot_be_read():
    other = parse(SPACE.text().replace("1 | 2 | 3", "1 | 2 | 4"))
    with pytest.raises(StoreError, match="'b'"):
        columns.reader(columns.describe(TABLE), other.lower())
    assert isinstance(columns.reader(columns.describe(TABLE), TABLE).read(columns.write(POINTS[0])), Point)


def test_turns_of_two_threads_with_connections_of_their_own_interleave(location):
    logs = [opened(location), opened(location)]

    def work(log):
        for _ in range(25):
            with log.turn() as turn:
                number = turn.next
                turn.propose([Trial(number, POINTS[number])], 0.0)
            with log.turn() as turn:
                assert turn.finish(Result(Trial(number, POINTS[number]), "ok", {"value": 1.0}))

    threads = [threading.Thread(target=work, args=(log,)) for log in logs]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert seqs(location) == list(range(1, 101)) and logs[0].counts().by_status == {"ok": 50}
    for log in logs:
        log.disconnect()


def test_a_newer_schema_is_refused(location):
    opened(location).disconnect()
    newer = "case key when 'schema_version' then '2' else 'symspace 9.9' end"
    rows(location, f"update meta set value = {newer} where key in ('schema_version', 'created_by')")
    with pytest.raises(StoreError, match=r"schema version 2 \(made by symspace 9.9\)"):
        opened(location)


def test_the_registry_finds_the_store(tmp_path):
    location = tmp_path / "s.db"
    opened(location).disconnect()
    store = store_at(location)
    assert isinstance(store, SqlStore) and store.names() == ["one"]
    with pytest.raises(SymspaceError, match="did you mean 'one'"):
        store.view("onee")
    assert SqlStore(f"sqlite:///{location}").names() == ["one"]
