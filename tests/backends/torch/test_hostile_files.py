"""Checkpoints and stores from elsewhere: objects that would run code when they are unpickled are refused, and run nothing."""

from __future__ import annotations

import os
import pickle
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import symbolic as sym
from backends.errors import TrainError
from backends.torch.train_checkpoint import STATE
from backends.torch.written import write
from symbolic.errors import SymspaceError

SPACE = "space s\ntask digits\nmodel = flatten >> linear(4 | 8) >> linear(classes)\ntrain { epochs: 1 }\n"


class Hostile:
    """Makes a folder when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


def test_the_mark_works(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Hostile(tmp_path / "mark")))
    assert (tmp_path / "mark").exists()


@pytest.mark.parametrize("within", [lambda h: h, lambda h: {"network": h}, lambda h: {"network": {"1.weight": h}}])
def test_a_hostile_checkpoint_runs_nothing_when_it_is_exported(within: Callable[[Any], Any], tmp_path: Path) -> None:
    torch.save(within(Hostile(tmp_path / "mark")), tmp_path / STATE)
    with pytest.raises(TrainError, match="cannot be read"):
        write(sym.parse(SPACE).default(), None, tmp_path / "n.pt2", tmp_path)
    assert not (tmp_path / "mark").exists() and not (tmp_path / "n.pt2").exists()


def searched(tmp_path: Path) -> Path:
    store = tmp_path / "s.db"
    space = sym.parse("space s\nx = 1 | 2\ny = 0.0..1.0\n")
    sym.search(space, evaluate=lambda x: x["y"], trials=3, algorithm="random", store=store, study="mine", listeners=[])
    return store


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("trial", "point"),
        ("result", "metrics"),
        ("study", "context"),
        ("study", "options"),
        ("space", "columns"),
        ("space", "text"),
    ],
)
@pytest.mark.parametrize("as_text", [False, True])
def test_a_hostile_row_runs_nothing(table: str, column: str, as_text: bool, tmp_path: Path) -> None:
    """A pickle where JSON is wanted: bytes, and as text."""
    store = searched(tmp_path)
    content: Any = pickle.dumps(Hostile(tmp_path / "mark"), 0)
    with sqlite3.connect(store) as connection:
        connection.execute(f"update {table} set {column} = ?", (content.decode() if as_text else content,))
    connection.close()
    with pytest.raises(SymspaceError):
        study = sym.load_study(store, "mine")
        study.trials, study.best, study.frame()  # what is wrong may be met late
        sym.resume_study(store, "mine", trials=4, listeners=[])
    assert not (tmp_path / "mark").exists()
