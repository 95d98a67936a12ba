"""Reports show what a candidate has and nothing else: of a repeat exactly the layers that exist."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import symbolic as sym

SPACE = "space s\ntask digits\nmodel = flatten >> repeat 1..4 as layers { linear(16..64 step 16) >> relu } >> linear(classes)\n"
WIDTH = re.compile(r"model/layers\[(\d)\]/linear/width")


@pytest.fixture
def searched(run: Callable, tmp_path: Path) -> Callable:
    """The command line with a study of six trials in its folder, each worth its number of layers."""
    (tmp_path / "s.space").write_text(SPACE)
    space = sym.load(str(tmp_path / "s.space"))
    store = tmp_path / "symspace.db"
    sym.search(
        space,
        evaluate=lambda model: len(model[1]),
        objectives="maximize accuracy",
        trials=6,
        study="deep",
        seed=1,
        store=store,
        listeners=[],
    )
    return run


def layers(text: str) -> list[int]:
    return [int(k) for k in WIDTH.findall(text)]


def test_best(searched: Callable) -> None:
    best = json.loads(searched("best", "--json").out)
    depth = best["candidate"]["model/layers"]
    assert depth > 1 and layers("\n".join(best["candidate"])) == list(range(depth))
    assert layers(searched("best").out) == list(range(depth))
    for number in range(6):
        told = json.loads(searched("best", "--trial", str(number), "--json").out)
        assert layers("\n".join(told["candidate"])) == list(range(told["candidate"]["model/layers"]))


def test_show(searched: Callable, tmp_path: Path) -> None:
    assert layers(searched("show", "s.space").out) == [0, 1, 2, 3]
    for depth in range(1, 5):
        values = {"model/layers": depth, **{f"model/layers[{k}]/linear/width": 16 * (k + 1) for k in range(depth)}}
        (tmp_path / "c.json").write_text(json.dumps(values))
        shown = searched("show", "s.space", "--candidate", "c.json")
        assert shown.code == 0 and layers(shown.out) == list(range(depth))
        assert f"# model/layers[{depth - 1}]/linear/width  = {16 * depth}  of  16..64 step 16" in shown.out
        told = json.loads(searched("show", "s.space", "--candidate", "c.json", "--json").out)
        assert {d["path"]: d["value"] for d in told["decisions"]} == told["candidate"] == values
        assert len(sym.parse(told["text"]).lower()) == 0
        (tmp_path / "c.txt").write_text(str(sym.parse(SPACE).candidate(values)))
        assert searched("show", "s.space", "--candidate", "c.txt").out == shown.out
    (tmp_path / "c.json").write_text(
        '{"model/layers": 1, "model/layers[0]/linear/width": 16, "model/layers[1]/linear/width": 16}'
    )
    ran = searched("show", "s.space", "--candidate", "c.json")
    assert ran.code == 2 and "'model/layers[1]/linear/width' is not active here\n  model/layers is 1" in ran.err


def test_frame(searched: Callable, tmp_path: Path) -> None:
    study = sym.load_study(tmp_path / "symspace.db", "deep")
    for row in study.frame():
        there = [k for k in range(4) if row.get(f"model/layers[{k}]/linear/width") is not None]
        assert there == list(range(row["model/layers"]))
