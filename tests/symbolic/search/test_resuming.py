"""Resuming a class from a file: imported again from anywhere, and a change of the file is reported."""

from __future__ import annotations

import contextlib
import runpy
import subprocess
import sys

import attrs
import pytest

import symbolic as sym
from symbolic.cli import main
from symbolic.errors import SymspaceError
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

def score(line):
    return line.value

GUARD:
    settings = {"store": "s.db", "study": "line", "objectives": "maximize value", "listeners": []}
    study = sym.search(TARGET, evaluate=EVALUATE, trials=2, **settings)
    print(len(study.trials))
"""


def script(folder, *, guard='if __name__ == "__main__"', target="Line", evaluate="score"):
    text = SCRIPT.replace("GUARD", guard).replace("TARGET", target).replace("EVALUATE", evaluate)
    (folder / "script_of_test.py").write_text(text)
    return folder / "script_of_test.py"


def run_script(folder, **texts):
    """Run a script as `python script_of_test.py` does, in its folder; return how many trials its study has."""
    with contextlib.chdir(folder):
        return len(runpy.run_path(str(script(folder, **texts)), run_name="__main__")["study"].trials)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Another working folder; what a test imports there is forgotten, and so are the folders it adds to the path."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    sys.modules.pop("script_of_test", None)


@pytest.mark.parametrize("target", ["Line", '{"model": Line}', "sym.space(Line)"])
def test_a_class_of_a_script_is_resumed_from_anywhere_and_by_the_script_again(elsewhere, target):
    assert run_script(elsewhere, target=target) == 2
    heard = []
    study = resume_study(elsewhere / "s.db", "line", trials=4, listeners=[heard.append], trust=[str(elsewhere)])
    assert len(study.trials) == 4 and {t.state for t in study.trials} == {"ok"}
    assert type(study.best.candidate.space.lower()).__name__ == "Table" and "script_of_test::Line" in study.space.text()
    assert run_script(elsewhere, target=target) == 4
    with (elsewhere / "script_of_test.py").open("a") as file:
        file.write("# a comment\n")
    resume_study(elsewhere / "s.db", "line", trials=5, listeners=[heard.append], trust=[str(elsewhere)])
    assert [n.text for n in heard if isinstance(n, Note)] == [
        f"{elsewhere / 'script_of_test.py'} changed since the study was started"
    ]


def test_the_command_resumes_what_a_script_started(elsewhere, capsys):
    done = subprocess.run([sys.executable, script(elsewhere)], cwd=elsewhere, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.strip() == "2", done.stderr
    with pytest.raises(SystemExit, match="0"):
        main(["resume", "line", "--trials", "4", "--trust", str(elsewhere), "--store", str(elsewhere / "s.db")])
    assert "all trials of the budget were run: 4 ok" in capsys.readouterr().out


def test_a_script_that_searches_when_it_is_imported_is_refused(elsewhere):
    run_script(elsewhere, guard="if True")
    with pytest.raises(
        SymspaceError, match=r"starts a search when it is imported; put that below `if __name__ == '__main__':`"
    ):
        resume_study(elsewhere / "s.db", "line", trials=4, listeners=[], trust=[str(elsewhere)])
    with pytest.raises(SymspaceError, match="starts a search when it is imported"):
        search(f"{elsewhere / 'script_of_test.py'}:Line", evaluate=len, trials=1, listeners=[])
    assert len(load_study(elsewhere / "s.db", "line").trials) == 2


def test_a_function_without_a_name_is_refused_before_anything_runs(elsewhere):
    run_script(elsewhere, evaluate="lambda line: line.value")
    with pytest.raises(StoreError, match=r"which cannot be made from its text \(a lambda.*continue it from Python"):
        resume_study(elsewhere / "s.db", "line", trials=3, listeners=[], trust=[str(elsewhere)])
    assert len(load_study(elsewhere / "s.db", "line").trials) == 2


def test_a_class_of_an_imported_module_is_resumed_from_another_folder(project, tmp_path, monkeypatch):
    module = __import__(project)
    search(module.Line, evaluate=module.score, trials=2, store="s.db", study="l", listeners=[])
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p != str(tmp_path)])
    monkeypatch.delitem(sys.modules, project)
    study = resume_study(tmp_path / "s.db", "l", trials=4, listeners=[], trust=[str(tmp_path)])
    assert [t.state for t in study.trials] == ["ok"] * 4 and sys.modules[project] is not module


TASKS = """
import torch
from backends.torch.tasks import Task

def points():
    inputs = torch.linspace(-1, 1, 60)[:, None].repeat(1, 3)
    return Task((inputs, (inputs[:, 0] > 0).long()), source="tasks_of_test::points")
"""


@pytest.mark.parametrize("task", ["digits", "own", "nameless"])
def test_a_task_that_was_passed_as_an_object(elsewhere, monkeypatch, task):
    from backends.torch.tasks.digits import Digits

    (elsewhere / "tasks_of_test.py").write_text(TASKS)
    monkeypatch.syspath_prepend(str(elsewhere))
    made = Digits() if task == "digits" else __import__("tasks_of_test").points()
    made = attrs.evolve(made, source=None) if task == "nameless" else made
    space = sym.parse("space s\nmodel = flatten >> linear(2 | 3) >> linear(classes)\ntrain { epochs: fidelity 1..2 }\n")
    store = elsewhere / "s.db"
    search(space, task=made, algorithm="random", trials=1, store=store, study="t", listeners=[])
    monkeypatch.undo()
    sys.modules.pop("tasks_of_test", None)
    if task == "nameless":
        with pytest.raises(StoreError, match=r"a task that a program made.*continue it from Python"):
            resume_study(store, "t", trials=2, listeners=[], trust=[str(elsewhere)])
        return
    study = resume_study(store, "t", trials=2, listeners=[], trust=[str(elsewhere)])
    assert [t.state for t in study.trials] == ["ok", "ok"]


def test_an_edited_class_is_migrated(elsewhere):
    run_script(elsewhere)
    file = elsewhere / "script_of_test.py"
    file.write_text(file.read_text().replace("sym.integer(0, 9", "sym.integer(0, 20"))
    with pytest.raises(StoreError, match=r"~ model/slope 0\.\.9 -> 0\.\.20"):
        searched_again(elsewhere)
    study = resume_study(elsewhere / "s.db", "line", trials=8, migrate=True, listeners=[], trust=[str(elsewhere)])
    assert len(study.trials) == 8 and not any(t.outdated for t in study.trials) and "0..20" in study.space.text()


def searched_again(folder):
    target, module = f"{folder / 'script_of_test.py'}:Line", "script_of_test"
    from symbolic.language.load import load

    load(target)
    settings = {"store": folder / "s.db", "study": "line", "objectives": "maximize value", "listeners": []}
    return search(target, evaluate=sys.modules[module].score, trials=3, **settings)
