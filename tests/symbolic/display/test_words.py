"""Decisions in words, and paths as an outline."""

import attrs
import pytest

import symbolic as sym
from symbolic.candidate import Candidate
from symbolic.display.outline import outline, parts
from symbolic.display.words import columns, decision_path, default_text, expression_text, value_text, values_text, when_text
from symbolic.plots.parallel import axis
from symbolic.points import Schedule

SPACE = """space s
a = 1..8
kind = "fast" | "slow"
step = 0.1..0.9 step 0.2 when a > 3 and kind is "slow"
rate = 1e-4..1.0 log
pick = subset 0..2 of { "x", "y", "z" }
order = permutation of { "p", "q" }
count = repeat 0..2 as layers { 16..64 step 16 }
opt = sgd(momentum: 0.1..0.9) | adam
late = 1..3 when opt is adam
"""
WORDS = {
    "a": ("1..8", "1", ""),
    "kind": ("fast | slow", "fast", ""),
    "step": ("0.1..0.9 step 0.2", "0.5", "(a > 3) and (kind is slow)"),
    "rate": ("0.0001..1 log", "0.01", ""),
    "pick": ("subset 0..2 of x, y, z", "none of them", ""),
    "order": ("permutation 2 of p, q", "p, q", ""),
    "count[1]": ("16..64 step 16", "16", ""),
    "opt/sgd/momentum": ("0.1..0.9", "0.5", ""),
    "late": ("1..3", "1", "opt is adam"),
}


@pytest.mark.parametrize("path", WORDS)
def test_what_a_decision_may_be_its_default_and_when_it_exists(path):
    table = sym.parse(SPACE).lower()
    at = {decision_path(table, c): c for c in columns(table)}
    assert (values_text(table, at[path]), default_text(table, at[path]), when_text(table, at[path])) == WORDS[path]


def test_every_decision_has_one_line_and_its_default_is_a_value():
    space = sym.parse(SPACE)
    table = space.lower()
    paths = [decision_path(table, c) for c in columns(table)]
    assert len(set(paths)) == len(paths)
    assert set(space.default().to_dict()) <= set(paths)


def test_a_schedule_is_told_by_its_ends():
    space = sym.parse("space s\nlr = 1e-4..1.0 log")
    point = attrs.evolve(space.default().point, schedules={"lr": Schedule((0.0, 0.5), (0.1, 0.01))})
    assert value_text(Candidate(space, point).to_dict()["lr"]) == "0.1 to 0.01 by a schedule"
    assert axis(space.lower(), 0, [Candidate(space, point).to_dict()]).places == (pytest.approx(0.75),)


def test_paths_with_quotes_and_indices():
    assert parts('"a/b"/c["x/y"][2]/d') == ['"a/b"', "c", '["x/y"]', "[2]", "d"]
    entries = outline([("a", 1), ("a/b", 2), ("a[0]", 3), ("c/d", 4)])
    assert [(depth, e.name, e.content) for top in entries for depth, e in top.walk()] == [
        (0, "a", 1),
        (1, "b", 2),
        (1, "[0]", 3),
        (0, "c/d", 4),
    ]


def test_an_outline_holds_every_path_once():
    table = sym.parse(SPACE).lower()
    paths = [decision_path(table, c) for c in columns(table)]
    entries = outline((p, p) for p in paths)
    assert [e.content for top in entries for _, e in top.walk() if e.content] == paths


def test_expressions_read_as_they_are_written():
    table = sym.parse("space s\na = 1..3\nb = 1..(2 ** a + a * 2)\n").lower()
    assert expression_text(table, table.high_x[1]) == "(2 ** a) + (a * 2)"
