"""A Python file that changed since a study started is told, by `search` as by `resume_study`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import symbolic as sym
from symbolic.search.notices import Note
from symbolic.search.sources import changed_files, find_modules, source_of
from symbolic.search.study import resume_study


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A user's module with an objective and a class."""
    file = tmp_path / "objective_of_test.py"
    file.write_text("def good(values):\n    return values['x']\n\n\nclass Net:\n    pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("objective_of_test")
    sys.modules.pop("objective_of_test", None)


def edit(module: Any) -> None:
    file = Path(module.__file__)
    file.write_text(file.read_text() + "# edited\n")


def test_files_of_functions_classes_and_targets_are_kept(module: Any, tmp_path: Path) -> None:
    file = str(Path(module.__file__).resolve())
    assert list(source_of({}, module.good)["files"]) == [file]
    assert list(source_of(module.Net)["files"]) == [file]
    assert list(source_of(f"{file}:Net")["files"]) == [file]
    assert list(source_of("objective_of_test:Net")["files"]) == [file]
    assert source_of({}, module.good)["folders"] == [str(tmp_path.resolve())]
    assert source_of({}, len)["files"] == {}
    assert source_of({})["folders"] == []


def test_what_changed_is_named_and_what_is_gone_is_not(module: Any) -> None:
    context = source_of(module.Net, module.good)
    assert changed_files(context) == ()
    edit(module)
    assert changed_files(context) == (f"{Path(module.__file__).resolve()} changed since the study was started",)
    Path(module.__file__).unlink()
    assert changed_files(context) == ()


def test_an_edited_space_is_named_with_what_reads_it_again(tmp_path: Path) -> None:
    file = tmp_path / "s.space"
    file.write_text("x = 1..9\n")
    context = source_of(str(file))
    file.write_text("x = 1..8\n")
    assert changed_files(context) == (
        f"{file} changed since the study was started; the study goes on with the space it has, --migrate reads the file again",
    )


@pytest.mark.parametrize("again", ["search", "resume"])
def test_an_edited_objective_is_reported(again: str, module: Any, tmp_path: Path) -> None:
    store, heard = tmp_path / "s.db", []
    space = sym.parse("space s\nx = 1..9\n")
    settings = {"evaluate": module.good, "store": store, "study": "s"}
    sym.search(space, trials=2, listeners=[heard.append], **settings)
    sym.search(space, trials=3, listeners=[heard.append], **settings)
    assert not any("changed since" in n.text for n in heard if isinstance(n, Note))
    edit(module)
    if again == "search":
        sym.search(space, trials=4, listeners=[heard.append], **settings)
    else:
        resume_study(store, "s", trials=4, listeners=[heard.append])
    told = [n.text for n in heard if isinstance(n, Note) and "changed since" in n.text]
    assert told == [f"{Path(module.__file__).resolve()} changed since the study was started"]


def test_the_folder_of_a_function_is_found_again(module: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    context = source_of({}, module.good)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p != str(tmp_path)])
    find_modules(context)
    assert sys.path[-1] == str(tmp_path.resolve())
    find_modules(context)
    assert sys.path.count(str(tmp_path.resolve())) == 1
