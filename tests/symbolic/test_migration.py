"""Renames and candidates of older versions: moved by path, completed by explicit defaults, or refused with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from symbolic.candidate import Candidate
from symbolic.errors import SpaceError
from symbolic.language.load import parse
from symbolic.migration import Lost, migrate

OLD = """
x = 1..4
act = "relu" | "gelu"
s = subset of { "a", "b" }
net = repeat 1..2 as r { k: { w: 1 | 2 } }
f = 0.0..1.0
"""
NEW = """
width = 1..8
act = "relu" | "silu"
s = subset of { "b", "c" }
net = repeat 1..3 as r { cell: { w: 1 | 2 | 4 } }
f = 0.0..1.0
depth = 1..5 default 3
renamed "x" to "width"
renamed "act/gelu" to "act/silu"
renamed "s/a" to "s/c"
renamed "net[0]/k" to "net[0]/cell"
renamed "net[1]/k" to "net[1]/cell"
"""


def test_paths_and_options_move() -> None:
    old, new = parse(OLD), parse(NEW)
    for candidate in old.sample(50):
        before = candidate.to_dict()
        moved = migrate(candidate, old, new)
        assert isinstance(moved, Candidate)
        after = moved.to_dict()
        assert after["width"] == before["x"] and after["depth"] == 3 and after["f"] == before["f"]
        assert after["act"] == before["act"].replace("gelu", "silu")
        assert set(after["s"]) == {"c" if v == "a" else v for v in before["s"]}
        assert [after[f"net[{i}]/cell/w"] for i in range(after["net"])] == [
            before[f"net[{i}]/k/w"] for i in range(before["net"])
        ]


def test_the_same_space_changes_nothing() -> None:
    space = parse(OLD)
    for candidate in space.sample(20):
        assert migrate(candidate, space, space) == candidate
        assert migrate(candidate.to_dict(), space, space) == candidate


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ("x = 1..2", "'y' is unknown"),
        ("x = 1..2\ny = 3 | 4", "'y' cannot be 1 (one of 3, 4)"),
        ("x = 1..2\ny = 1 | 2\nz = 1 | 2", "'z' is missing (it is one of 1, 2)"),
        ("x = 1..2\ny = 1 | 2\nz = 1..4 prior 2", "'z' is missing (it is in 1..4)"),
        ("x = 1..2\ny = 1 | 2 when x == 1", "'y' is not active here (x is 2)"),
        ("x = 1..2\ny = 1 | 2\nforbid x == 2 and y == 1", "the candidate violates: forbid x == 2 and y == 1"),
        ("y = 1 | 2\nrenamed x to y", "'y' and another decision are both 'y' now"),
    ],
)
def test_what_has_no_meaning_is_said(new: str, reason: str) -> None:
    old = parse("x = 1..3\ny = 1 | 2")
    assert migrate({"x": 2, "y": 1}, old, parse(new)) == Lost(reason)


@pytest.mark.parametrize(
    ("new", "unknown", "missing"),
    [
        ("x = 1..3", ("y",), ()),
        ("x = 1..2", ("y",), ()),
        ("x = 3..5", (), ()),
        ("x = 1..3\ny = 3 | 4", (), ()),
        ("x = 1..3\ny = 1 | 2\nz = 1 | 2", (), ("z",)),
        ("x = 1..3\nv = 1 | 2", ("y",), ("v",)),
        ("x = 1..3\ny = 1 | 2\nz = subset of { 1, 2 }", (), ("z",)),
        ("x = 1..3\ny = 1 | 2\nfix x to 2", (), ()),
    ],
)
def test_what_is_gone_or_new_is_told_from_what_is_not_allowed(
    new: str, unknown: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    lost = migrate({"x": 2, "y": 1}, parse("x = 1..3\ny = 1 | 2"), parse(new))
    assert isinstance(lost, Lost) and (lost.unknown, lost.missing) == (unknown, missing)


def test_defaults_fill_what_is_new_and_active() -> None:
    old = parse("x = 1..3")
    text = 'x = 1..3\ny = "a" | default "b"\nz = subset of { default 1, 2, default 3 } when x > 1\nf = 1.0..2.0 default 1.5'
    new = parse(text)
    made = {x: migrate({"x": x}, old, new) for x in (1, 3)}
    expected: dict[str, Any] = {"x": 1, "y": "b", "f": 1.5}
    assert isinstance(made[1], Candidate) and made[1].to_dict() == expected
    assert isinstance(made[3], Candidate) and made[3].to_dict() == expected | {"x": 3, "z": ["1", "3"]}


def test_options_with_slashes_are_quoted_in_paths() -> None:
    old, new = parse('x = "a/b" | "c"'), parse('x = "d/e" | "c"\nrenamed "x/\\"a/b\\"" to "x/\\"d/e\\""')
    moved = [migrate({"x": v}, old, new) for v in ("a/b", "c")]
    assert [m.to_dict() for m in moved if isinstance(m, Candidate)] == [{"x": "d/e"}, {"x": "c"}]


def test_chains_apply_in_order() -> None:
    text = 'c = 1 | 2\nrenamed "a" to "b"\nrenamed "b" to "c"'
    new = parse(text)
    assert parse(new.text()) == new
    for path in ("a", "b", "c"):
        moved = migrate({path: 2}, parse(f"{path} = 1 | 2"), new)
        assert isinstance(moved, Candidate) and moved.to_dict() == {"c": 2}


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("x = 1 | 2\nrenamed y to z", "E406", "no decision 'z' for 'y' to be renamed to"),
        ('x { a: 1 | 2 }\nrenamed y to "x/b"', "E406", "no decision 'x/b' for 'y' to be renamed to"),
        ("x { a: 1 | 2 }\nrenamed x to x.a", "E202", "'x' is renamed, and is still there"),
        ('x = "a" | "b"\nrenamed "x/a" to "x/b"', "E202", "'x/a' is renamed, and is still there"),
        ("x = 1 | 2\nrenamed y to x\nrenamed x to y", "E202", "the renames go in a circle: x -> y -> x"),
    ],
)
def test_renames_must_be_true(text: str, code: str, message: str) -> None:
    with pytest.raises(SpaceError) as e:
        parse(text).lower()
    assert e.value.code == code and e.value.message.startswith(message) and e.value.span is not None
