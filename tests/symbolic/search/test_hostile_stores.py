"""A store from anywhere names code: nothing of it runs before the user says so."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

import symbolic as sym
from symbolic.cli import main
from symbolic.search.study import load_study, resume_study
from symbolic.search.vouching import StoreNotTrusted

SPACE = "space s version 1\nx = 1..9\nmaximize value\n"
GOOD = "def good(values):\n    return values['x']\n"


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write a store with sqlite3 whose study names what it is told to; the working folder is another one than the evil's."""
    home, evil = tmp_path / "home", tmp_path / "evil"
    home.mkdir()
    evil.mkdir()
    (evil / "evil_of_test.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n{GOOD}Net = good\n")
    monkeypatch.chdir(home)
    (home / "mine_of_hostile.py").write_text(GOOD)
    monkeypatch.syspath_prepend(str(home))
    import importlib

    mine = importlib.import_module("mine_of_hostile")
    sym.search(sym.parse(SPACE), evaluate=mine.good, trials=2, store="s.db", study="s", listeners=[])

    def write(backend: str | None = None, **context: object) -> Path:
        with sqlite3.connect("s.db") as db:
            table = next(
                t
                for (t,) in db.execute("select name from sqlite_master where type='table'").fetchall()
                if {"context", "backend"} <= {c[1] for c in db.execute(f"pragma table_info({t})")}
            )
            kept = json.loads(db.execute(f"select context from {table}").fetchone()[0])
            db.execute(f"update {table} set context = ?", (json.dumps({**kept, **context}),))
            if backend is not None:
                db.execute(f"update {table} set backend = ?", (backend,))
        db.close()
        return tmp_path / "ran"

    return write


EVIL = [
    {"names": ["os::system"]},
    {"names": ["subprocess::run"]},
    {"names": ["evil_of_test::good"], "folders": ["../evil"]},
    {"target": "evil_of_test.py:Net", "folder": "../evil"},
    {"target": "evil_of_test:Net", "folders": ["../evil"]},
    {"backend": "os::system"},
    {"backend": 'subprocess::run("touch ran")'},
    {"backend": "evil_of_test::good", "folders": ["../evil"]},
    {"trust": ["os"]},
]


@pytest.mark.parametrize("evil", EVIL, ids=str)
def test_nothing_of_a_hostile_store_runs(evil: dict[str, object], hostile: Callable[..., Path], capsys) -> None:
    ran = hostile(**evil)
    load_study("s.db", "s")
    with pytest.raises(StoreNotTrusted, match="--trust"):
        resume_study("s.db", "s", trials=3, listeners=[])
    asked = (["resume", "s", "--store", "s.db", "--trials", "3"], ["worker", "s.db", "s"])
    network = (["best", "s", "--store", "s.db", "--source"], ["export", "s", "--store", "s.db", "--to", "x.py"])
    for command in (*asked, *network):
        with pytest.raises(SystemExit) as left:
            main(command)
        assert left.value.code == 2
        told = capsys.readouterr().err
        assert "--trust" in told and "Traceback" not in told
    assert not ran.exists()


def test_what_is_trusted_by_name_runs(hostile: Callable[..., Path]) -> None:
    ran = hostile(backend="function(function: evil_of_test::good)", folders=["../evil"])
    with pytest.raises(StoreNotTrusted):
        resume_study("s.db", "s", trials=3, listeners=[])
    assert not ran.exists()
    assert len(resume_study("s.db", "s", trials=3, trust=["../evil"], listeners=[]).trials) == 3
    assert ran.exists()


def test_the_users_own_study_goes_on_without_a_word(hostile: Callable[..., Path]) -> None:
    assert len(resume_study("s.db", "s", trials=4, listeners=[]).trials) == 4
