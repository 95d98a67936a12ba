"""The store: turns, sequence numbers, owners, identity, documents, damaged and foreign files."""

from __future__ import annotations

import os
import sqlite3
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

from backends.store import columns, owners, schema
from backends.store.sql import SqlStore
from symbolic.errors import SymspaceError
from symbolic.language.load import parse
from symbolic.points import Point, Schedule
from symbolic.search.events import Failure, Result, Trial
from symbolic.search.plain import dumps
from symbolic.search.problem import Budget
from symbolic.search.store import Identity, Record, Snapshot, StoreBusy, StoreError, store_at

SPACE = parse('space toy version 1\na = 0..9\nb = 1 | 2 | 3\nlr = 1e-4..1.0 log\npick = subset 0..2 of { "x", "y" }\n')
TABLE = SPACE.lower()
POINTS = [c.point for c in SPACE.sample(64)]


def identity(**changes) -> Identity:
    made = Identity("one", SPACE.text(), SPACE.hash, 1, "function", "random", "digits", 0, {"reuse": True})
    return attrs.evolve(made, **changes)


def opened(file, **changes):
    same = identity(**changes)
    return SqlStore(str(file)).open(same, TABLE, Record(same, same.algorithm, versions={"symspace": "0.1"}, budget=Budget(9)))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "s.db"


@pytest.fixture
def log(file):
    log = opened(file)
    yield log
    log.disconnect()


def trial(number=0, **fields) -> Trial:
    return Trial(number, POINTS[number], **fields)


def end(log, number, value=1.0):
    with log.turn() as turn:
        return turn.finish(Result(trial(number), "ok", {"value": value}, cost_s=0.5))


def propose(log, *numbers, **fields):
    with log.turn() as turn:
        turn.propose([trial(n, **fields) for n in numbers], 0.25)


def seqs(file):
    db = sqlite3.connect(file)
    found = [s for (s,) in db.execute("select seq from trial union all select seq from result where seq is not null")]
    db.close()
    return sorted(found)


def test_events_come_back_in_order_as_they_were_told(log, file):
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
    assert seqs(file) == [1, 2, 3, 4, 5]


def test_a_turn_that_raises_leaves_no_trace(log, file):
    propose(log, 0)
    with pytest.raises(ZeroDivisionError), log.turn() as turn:
        turn.propose([trial(1)], 0.0)
        turn.spend(9.0, 9.0)
        raise ZeroDivisionError
    assert seqs(file) == [1] and log.record.cost_s == 0.0
    propose(log, 1)
    assert seqs(file) == [1, 2]


def test_a_result_is_final_once(log):
    propose(log, 0)
    assert end(log, 0) and not end(log, 0)
    assert log.counts().by_status == {"ok": 1}
    with pytest.raises(StoreError), log.turn() as turn:
        turn.propose([trial(0)], 0.0)


def test_owners_adoption_and_release(file):
    first, second = opened(file), opened(file)
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


def disown(file, number, owner="gone/99999999/1.00/aa"):
    db = sqlite3.connect(file)
    db.execute("update trial set owner = ? where number = ?", (owner, number))
    db.commit()
    db.close()


def test_a_trial_that_keeps_losing_its_process_is_lost_unless_it_reports(log, file):
    propose(log, 0)
    for attempt in range(1, 8):
        disown(file, 0)
        with log.turn() as turn:
            (adopted,) = turn.adopt(5)
        assert adopted.lost == (attempt > 5)
    with log.turn() as turn:
        turn.report(Result(trial(0), "running", {"value": 1.0}, 1.0), stop=False)
    disown(file, 0)
    with log.turn() as turn:
        assert not turn.adopt(5)[0].lost
    for _ in range(9):
        disown(file, 0, "")
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


def test_companions_are_named(file):
    one, two = opened(file), opened(file)
    assert one.companions() == [owners.shown(two.owner)]
    two.disconnect()
    assert one.companions() == []
    one.disconnect()


def test_beats_are_written_every_fifteen_seconds(log, file):
    def beat():
        db = sqlite3.connect(file)
        (found,) = db.execute("select beat_s from process").fetchone()
        db.close()
        return found

    first = beat()
    log.beat()
    assert beat() == first
    log.beat_s -= 16
    log.beat()
    assert beat() > first


def test_record_budget_snapshot_and_documents(file):
    log = opened(file)
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
    again = opened(file)
    assert again.document("queue") == [{"a": 2}] and again.snapshot().folder == "snapshots/9"
    assert (again.snapshot().state["logits"] == [0, 1, 2]).all() and again.snapshot().state["t"] == (1, float("inf"))
    record = again.record
    assert (record.state, record.why, record.elapsed_s, record.cost_s) == ("done", "done", 5.0, 1.0)
    assert record.algorithm == "random(how: 1)" and record.scaled and record.identity.algorithm == "random"
    assert record.budget == Budget(None, 2.5) and record.versions == {"symspace": "0.1"}
    with again.turn() as turn:
        assert turn.next == 9
    again.disconnect()


def test_many_studies_in_one_file_do_not_see_each_other(file):
    one, two = opened(file), opened(file, name="two", seed=5)
    propose(one, 0, 1)
    propose(two, 0)
    end(two, 0)
    assert one.counts().by_status == {"pending": 2} and two.counts().by_status == {"ok": 1}
    assert SqlStore(str(file)).names() == ["one", "two"]
    assert one.folder != two.folder and one.folder.name == "one"
    one.disconnect()
    two.disconnect()


def test_views_read_while_a_turn_is_open_and_page(log, file):
    propose(log, *range(20))
    for n in range(15):
        end(log, n, float(n))
    view = SqlStore(str(file)).view("one")
    with log.turn() as turn:
        turn.propose([trial(20)], 0.0)
        entries = list(view.entries(TABLE))
    assert [e.trial.number for e in entries] == list(range(20))
    assert [e.result.metrics["value"] for e in entries[:15]] == list(range(15))
    assert {e.status for e in entries[15:]} == {"pending"} and entries[0].ended_s >= entries[0].created_s
    assert all(e.trial.point.key == POINTS[e.trial.number].key for e in entries)
    assert view.counts().finished == 15 and view.counts().proposed == 21
    view.disconnect()


def test_pages_follow_each_other(log, file, monkeypatch):
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
def test_identity(log, file, changes, line):
    with pytest.raises(StoreError) as e:
        opened(file, **changes)
    assert line in str(e.value) and "another name" in str(e.value)


def test_a_space_that_differs_is_shown_by_path(log, file):
    text = SPACE.text().replace("a = 0..9", "a = 0..9 step 3").replace("b = 1", "c = 1").replace("1.0 log", "0.1 log")
    other = parse(text)
    same = identity(space=other.text(), space_hash=other.hash)
    with pytest.raises(StoreError) as e:
        SqlStore(str(file)).open(same, other.lower(), Record(same, "random"))
    shown = str(e.value)
    for line in ("- b", "+ c", "~ a 0..9 -> 0..9 step 3", "~ lr 0.0001..1 log -> 0.0001..0.1 log"):
        assert f"  {line}\n" in shown
    constrained = parse(SPACE.text() + "require a > 3\n")
    same = identity(space=constrained.text(), space_hash=constrained.hash)
    with pytest.raises(StoreError, match=r"\+ require a > 3"):
        SqlStore(str(file)).open(same, constrained.lower(), Record(same, "random"))


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


def test_a_locked_file_says_so(file):
    opened(file).disconnect()
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("begin immediate")
    same, impatient = identity(), SqlStore(str(file), busy_timeout_s=0.05)
    with pytest.raises(StoreBusy, match="locked by another process"):
        impatient.open(same, TABLE, Record(same, "random"))
    holder.rollback()
    log = opened(file)
    holder.execute("begin immediate")
    with pytest.raises(StoreBusy, match=f"locked by {owners.shown(log.owner)}"):
        impatient.open(same, TABLE, Record(same, "random"))
    holder.close()
    log.disconnect()


def test_a_network_file_system_holds_one_process_and_no_write_ahead_log(file, monkeypatch):
    import backends.store.database
    import backends.store.sql
    from backends.store.filesystem import network

    assert network(file) is None or network(file).startswith(("nfs", "9p", "fuse"))
    for module in (backends.store.database, backends.store.sql):
        monkeypatch.setattr(module, "network", lambda path: "nfs4")
    log = opened(file)
    assert "one process at a time" in log.remarks[0]
    db = sqlite3.connect(file)
    assert db.execute("pragma journal_mode").fetchone() == ("delete",)
    db.execute("insert into process select replace(id, '/', '/1'), study_id, started_s, beat_s, null from process")
    db.execute("update process set id = 'other-0-0/1/1.0/x', beat_s = ? where id != ?", (time.time(), log.owner))
    db.commit()
    db.close()
    with pytest.raises(StoreBusy, match="lies on nfs4"):
        opened(file)
    log.disconnect()


def test_turns_of_two_threads_with_connections_of_their_own_interleave(file):
    logs = [opened(file), opened(file)]

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
    assert seqs(file) == list(range(1, 101)) and logs[0].counts().by_status == {"ok": 50}
    for log in logs:
        log.disconnect()


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"hello, I am text, not a database" * 9, "not an SQLite file"), (b"", "empty: nothing was searched")],
)
def test_files_that_are_no_store(file, content, message):
    file.write_bytes(content)
    with pytest.raises(StoreError, match=message):
        SqlStore(str(file)).view("one")


def test_a_database_of_another_program(file):
    db = sqlite3.connect(file)
    db.execute("create table songs(title text)")
    db.commit()
    db.close()
    for action in (lambda: opened(file), lambda: SqlStore(str(file)).view("one")):
        with pytest.raises(StoreError, match=r"another program.*songs"):
            action()


def test_truncated_and_malformed_files(file):
    log = opened(file)
    propose(log, *range(60))
    log.disconnect()
    db = sqlite3.connect(file)
    db.execute("pragma wal_checkpoint(truncate)")
    db.close()
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    with pytest.raises(StoreError, match="truncated"):
        opened(file)
    file.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    with pytest.raises(StoreError, match=r"damaged.*\.recover"):
        opened(file)


def test_a_newer_schema_is_refused(file):
    opened(file).disconnect()
    db = sqlite3.connect(file)
    db.execute("update meta set value = '2' where key = 'schema_version'")
    db.execute("update meta set value = 'symspace 9.9' where key = 'created_by'")
    db.commit()
    db.close()
    with pytest.raises(StoreError, match=r"schema version 2 \(made by symspace 9.9\)"):
        opened(file)


def test_places_that_cannot_hold_a_store(tmp_path):
    with pytest.raises(StoreError, match="is a folder"):
        opened(tmp_path)
    with pytest.raises(StoreError, match="does not exist"):
        opened(tmp_path / "no" / "s.db")
    with pytest.raises(StoreError, match="not supported yet"):
        opened("postgresql://host/db")
    with pytest.raises(StoreError, match="leave the store out"):
        opened(":memory:")
    if os.geteuid() != 0:
        tmp_path.chmod(0o500)
        with pytest.raises(StoreError, match="permissions"):
            opened(tmp_path / "s.db")


def test_a_full_disk_loses_nothing_that_was_committed(file):
    log = opened(file)
    propose(log, 0)
    end(log, 0)
    log.connection.connection.dbapi_connection.execute("pragma max_page_count = 1")
    with pytest.raises(StoreError, match="disk is full"):
        for n in range(1, 60):
            propose(log, n, memo={"much": "x" * 3000})
    log.disconnect()
    again = opened(file)
    assert again.counts().by_status["ok"] == 1
    again.disconnect()


def test_a_turn_touches_no_more_rows_in_a_long_study(log):
    """Every statement of a turn uses an index: none scans a table."""
    statements = []

    def listen(connection, cursor, statement, parameters, context, executemany):
        statements.append((statement, parameters))

    sa.event.listen(log.connection.engine, "before_cursor_execute", listen)
    propose(log, 0, 1)
    end(log, 0)
    with log.turn() as turn:
        turn.report(Result(trial(1), "running", {"value": 1.0}, 1.0), stop=False)
        turn.adopt(5)
        turn.sources()
        turn.others()
        turn.news(1)
    sa.event.remove(log.connection.engine, "before_cursor_execute", listen)
    driver = log.connection.connection.dbapi_connection
    for statement, parameters in statements:
        if statement.split()[0] in ("SELECT", "UPDATE"):
            plan = [row[3] for row in driver.execute(f"explain query plan {statement}", parameters)]
            assert not any(step.startswith("SCAN") for step in plan), (statement, plan)
    assert any(s[0].startswith("UPDATE trial") for s in statements)


def test_schema_holds_the_tables_of_the_specification(log, file):
    db = sqlite3.connect(file)
    tables = {name for (name,) in db.execute("select name from sqlite_master where type = 'table'")}
    (mode,) = db.execute("pragma journal_mode").fetchone()
    (application,) = db.execute("pragma application_id").fetchone()
    db.close()
    assert tables >= {"meta", "study", "space", "trial", "result", "snapshot", "process"}
    assert mode == "wal" and application == schema.APPLICATION_ID


def test_the_registry_finds_the_store(file):
    opened(file).disconnect()
    store = store_at(file)
    assert isinstance(store, SqlStore) and store.names() == ["one"]
    with pytest.raises(SymspaceError, match="did you mean 'one'"):
        store.view("onee")
    assert SqlStore(f"sqlite:///{file}").names() == ["one"]
