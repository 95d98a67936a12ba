"""Resuming a class from a file: imported again from anywhere, and a change of the file is reported."""

from __future__ import annotations

import subprocess
import sys

import pytest

from symbolic.search.durations import DurationError, seconds, shown
from symbolic.search.notices import Note
from symbolic.search.store import StoreError
from symbolic.search.study import load_study, resume_study, search

SOURCE = """
from typing import Annotated
import symbolic as sym

@sym.searchable
class Line:
    def __init__(self, slope: Annotated[int, sym.Range(0, 9)] = 3, lift: Annotated[float, sym.Range(0.0, 1.0)] = 0.5):
        self.value = slope - lift

def score(line):
    return line.value
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with a class and a function, the working folder of the test."""
    name = f"lines_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield name
    sys.modules.pop(name, None)


def test_a_class_of_a_file_is_imported_again(project, tmp_path, monkeypatch):
    module = __import__(project)
    search(f"{project}.py:Line", evaluate=module.score, trials=4, store="s.db", study="l", listeners=[])
    loaded = load_study("s.db", "l")
    assert loaded.trials[0].candidate.to_dict() == {"model/slope": 3, "model/lift": 0.5}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    heard = []
    study = resume_study(tmp_path / "s.db", "l", trials=6, listeners=[heard.append])
    assert len(study.trials) == 6 and {t.state for t in study.trials} == {"ok"}
    assert not [n for n in heard if isinstance(n, Note) and "changed" in n.text]


def test_a_changed_file_is_reported(project, tmp_path):
    module = __import__(project)
    search(f"{project}.py:Line", evaluate=module.score, trials=2, store="s.db", study="l", listeners=[])
    with (tmp_path / f"{project}.py").open("a") as file:
        file.write("# a comment\n")
    heard = []
    resume_study("s.db", "l", trials=3, listeners=[heard.append])
    assert any(isinstance(n, Note) and "changed since the study was started" in n.text for n in heard)


def test_a_study_that_is_not_there(tmp_path):
    with pytest.raises(StoreError, match="no store"):
        resume_study(tmp_path / "s.db", "l")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90s", 90.0), ("2m", 120.0), ("1h 30m", 5400.0), ("250ms", 0.25), ("3", 3.0), (1.5, 1.5), ("1d", 86400.0)],
)
def test_durations(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "m", "-3s", "3 parsecs", "1h x", 0, -1.0, True, float("inf"), float("nan")])
def test_what_is_no_duration(text):
    with pytest.raises(DurationError):
        seconds(text)


def test_durations_are_shown_for_people():
    assert [shown(s) for s in (0.04, 59.9, 61, 3661)] == ["0.0 s", "59.9 s", "1 min 1 s", "1 h 1 min"]


SCRIPT = """
import symbolic as sym

@sym.searchable
class Line:
    def __init__(self):
        self.value = sym.integer(0, 9, name="slope")

if __name__ == "__main__":
    sym.search(Line, evaluate=lambda line: line.value, trials=1, store="s.db", study="line", objectives="maximize value")
"""


def test_a_class_of_a_script_is_refused_before_anything_runs(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with pytest.raises(StoreError, match="a class of the script"):
        resume_study(tmp_path / "s.db", "line", trials=2)
    assert len(load_study(tmp_path / "s.db", "line").trials) == 1
