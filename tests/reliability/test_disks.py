"""Disks that are full, files that are locked, damaged or may not be written: a clear message, and nothing committed is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import symbolic as sym
from symbolic.errors import SymspaceError
from symbolic.search.notices import Finished
from symbolic.search.store import StoreBusy, StoreError, store_at

SPACE = sym.parse("space disk version 1\n" + "\n".join(f"x{i} = 0..9" for i in range(30)) + "\nmaximize value\n")


def value(values):
    return float(values["x0"])


def run(location, trials, **settings):
    settings = {"listeners": [], **settings}
    return sym.search(SPACE, evaluate=value, algorithm="random", trials=trials, store=location, study="d", **settings)


def entries(location):
    view = store_at(location).view("d")
    try:
        return [(e.trial.number, e.trial.point.key, e.status) for e in view.entries(SPACE.lower())]
    finally:
        view.disconnect()


LIMITED = """
import resource, sys
import symbolic as sym
from symbolic.search.notices import Finished
sys.path.insert(0, {root!r})
from tests.reliability.test_disks import SPACE, value
ended = []
def hear(notice):
    if isinstance(notice, Finished):
        ended.append(notice.result.trial.number)
    if len(ended) == 20 and isinstance(notice, Finished):
        resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    sym.search(SPACE, evaluate=value, algorithm="random", trials=3000, store={location!r}, study="d", listeners=[hear])
except sym.SymspaceError as e:
    print(len(ended), type(e).__name__, e, sep="|")
"""


def test_a_file_that_may_not_grow(tmp_path):
    """As on a full disk: writes fail from some trial on. What listeners heard of is committed, so it is there."""
    pytest.importorskip("resource")
    location = str(tmp_path / "s.db")
    program = LIMITED.format(root=str(Path(__file__).parents[2]), limit=200_000, location=location)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=200)
    assert done.stdout.count("|") >= 2, done.stderr
    ended, kind, message = done.stdout.strip().split("|", 2)
    assert kind == "StoreError" and ("disk is full" in message or "is the disk full" in message), message
    before = entries(location)
    assert sum(status == "ok" for _, _, status in before) >= int(ended) >= 20
    after = run(location, len(before) + 5)
    assert [t.state for t in after.trials] == ["ok"] * (len(before) + 5)
    assert [key for _, key, _ in entries(location)][: len(before)] == [key for _, key, _ in before]
    whole = run(str(tmp_path / "whole.db"), len(before) + 5)
    assert [t.candidate.point.key for t in whole.trials] == [t.candidate.point.key for t in after.trials]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 3 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)], capture_output=True)
    if not made or made.returncode:
        pytest.skip("mounting a small file system needs root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_full(small_disk, tmp_path):
    location, ended = small_disk / "s.db", []
    with pytest.raises(StoreError, match="disk is full"):
        run(location, 5000, listeners=[lambda n: isinstance(n, Finished) and ended.append(n.result.trial.number)])
    before = entries(location)
    assert len(ended) > 50 and {n for n, _, status in before if status == "ok"} >= set(ended)
    moved = tmp_path / "moved.db"
    for file in small_disk.iterdir():
        if file.is_file():
            shutil.copy(file, moved.with_name(file.name.replace("s.db", "moved.db")))
    assert run(moved, len(before) + 3).why == "trials" and len(entries(moved)) == len(before) + 3


def test_a_store_locked_in_the_middle(tmp_path, monkeypatch):
    location = tmp_path / "s.db"
    run(location, 3)
    holder = sqlite3.connect(location, isolation_level=None)
    store = sys.modules[type(store_at(location)).__module__]
    original = store.Settings
    monkeypatch.setattr(store, "Settings", lambda durable, busy: original(durable, 0.05))

    def hear(notice):
        if isinstance(notice, Finished) and notice.result.trial.number == 5:
            holder.execute("begin immediate")

    with pytest.raises(StoreBusy, match="is locked by process"):
        run(location, 20, listeners=[hear])
    holder.rollback()
    assert [t.state for t in run(location, 20).trials] == ["ok"] * 20
    holder.close()


@pytest.mark.parametrize("damage", ["page", "cut"])
def test_a_store_damaged_in_the_middle(tmp_path, damage):
    """A page overwritten, or the end cut off, under a running search: it ends with what to do, and no traceback."""
    location = tmp_path / "s.db"
    run(location, 400)
    with sqlite3.connect(location) as db:
        db.execute("pragma wal_checkpoint(truncate)")
    db.close()
    data = bytearray(location.read_bytes())
    location.with_name("good.db").write_bytes(data)
    if damage == "page":
        data[4096:] = b"\xa5" * (len(data) - 4096)
    else:
        del data[len(data) // 2 :]
    location.write_bytes(data)
    with pytest.raises(StoreError, match=r"damaged|truncated") as told:
        run(location, 500)
    assert ".recover" in str(told.value) and "s.db" in str(told.value)
    with pytest.raises(StoreError, match=r"damaged|truncated"):
        entries(location)
    assert len(run(location.with_name("good.db"), 410).trials) == 410


def test_a_write_ahead_log_that_was_cut(tmp_path):
    """SQLite reads it up to the last whole commit: the search goes on from there, exactly."""
    location = tmp_path / "s.db"
    pid = os.fork()
    if not pid:
        try:
            run(location, 60, listeners=[lambda n: isinstance(n, Finished) and n.result.trial.number == 40 and os._exit(9)])
        finally:
            os._exit(1)
    os.waitpid(pid, 0)
    log = location.with_name("s.db-wal")
    with log.open("r+b") as file:
        file.truncate(log.stat().st_size * 2 // 3)
    assert 0 < len(entries(location)) < 41
    assert [t.candidate.point.key for t in run(location, 60).trials] == [
        t.candidate.point.key for t in run(tmp_path / "whole.db", 60).trials
    ]


def as_nobody(work):
    """Run in a child process of a user without rights; return what it returned, or the error it raised, as text."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.setgid(65534)
            os.setuid(65534)
            told = str(work())
        except SymspaceError as e:
            told = f"{type(e).__name__} {e}"
        except BaseException as e:
            told = f"not ours: {e!r}"
        os.write(writing, told.encode())
        os._exit(0)
    os.waitpid(pid, 0)
    os.close(writing)
    with open(reading) as pipe:
        return pipe.read()


def test_a_folder_that_may_not_be_written(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("root makes files that another user may only read")
    location = tmp_path / "s.db"
    run(location, 3)
    for folder in (tmp_path, *tmp_path.parents):
        if folder not in (Path("/"), Path("/tmp")):
            folder.chmod(folder.stat().st_mode | 0o055)
    told = as_nobody(lambda: run(location, 9).why)
    assert told.startswith("StoreError") and "check the permissions" in told
    told = as_nobody(lambda: run(tmp_path / "new.db", 9).why)
    assert told.startswith("StoreError") and "check the permissions" in told
    assert len(run(location, 5).trials) == 5
