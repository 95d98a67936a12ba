"""Studies in a file: locks, damaged and foreign files, places that hold none, a full disk, indexes."""

from __future__ import annotations

import os
import sqlite3
import time

import pytest

from backends.store import owners, schema
from backends.store.sql import SqlStore
from symbolic.language.load import parse
from symbolic.search.events import Result, Trial
from symbolic.search.problem import Budget
from symbolic.search.store import Identity, Record, StoreBusy, StoreError

SPACE = parse("space toy version 1\na = 0..9\nb = 1 | 2 | 3\n")
TABLE = SPACE.lower()
POINTS = [c.point for c in SPACE.sample(64)]


def identity() -> Identity:
    return Identity("one", SPACE.text(), SPACE.hash, 1, "function", "random")


def opened(file):
    same = identity()
    return SqlStore(str(file)).open(same, TABLE, Record(same, same.algorithm, budget=Budget(9)))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "s.db"


@pytest.fixture
def log(file):
    log = opened(file)
    yield log
    log.disconnect()


def propose(log, *numbers, **fields):
    with log.turn() as turn:
        turn.propose([Trial(n, POINTS[n], **fields) for n in numbers], 0.25)


def end(log, number):
    with log.turn() as turn:
        return turn.finish(Result(Trial(number, POINTS[number]), "ok", {"value": 1.0}))


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
    import backends.store.sqlite
    from backends.store.filesystem import network

    assert network(file) is None or network(file).startswith(("nfs", "9p", "fuse"))
    monkeypatch.setattr(backends.store.sqlite, "network", lambda path: "nfs4")
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


def test_places_that_cannot_hold_a_store(tmp_path):
    with pytest.raises(StoreError, match="is a folder"):
        opened(tmp_path)
    with pytest.raises(StoreError, match="does not exist"):
        opened(tmp_path / "no" / "s.db")
    with pytest.raises(StoreError, match="postgresql://user@host/database"):
        opened("mysql://host/db")
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
    driver = log.connection.connection.dbapi_connection
    driver.set_trace_callback(statements.append)
    propose(log, 0, 1)
    end(log, 0)
    with log.turn() as turn:
        turn.report(Result(Trial(1, POINTS[1]), "running", {"value": 1.0}, 1.0), stop=False)
        turn.adopt(5)
        turn.sources()
        turn.others()
        turn.news(1)
    driver.set_trace_callback(None)
    asked = [s for s in statements if s.split()[0] in ("SELECT", "UPDATE")]
    for statement in asked:
        plan = [row[3] for row in driver.execute(f"explain query plan {statement}")]
        assert not any(step.startswith("SCAN") for step in plan), (statement, plan)
    assert len(asked) > 10 and any(s.startswith("UPDATE trial") for s in asked)


def test_schema_holds_the_tables_of_the_specification(log, file):
    db = sqlite3.connect(file)
    tables = {name for (name,) in db.execute("select name from sqlite_master where type = 'table'")}
    (mode,) = db.execute("pragma journal_mode").fetchone()
    (application,) = db.execute("pragma application_id").fetchone()
    db.close()
    assert tables >= {"meta", "study", "space", "trial", "result", "snapshot", "process"}
    assert mode == "wal" and application == schema.APPLICATION_ID
