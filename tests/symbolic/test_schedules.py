"""Schedules as values: part of a candidate's data, text, JSON, hash and identity, of duplicates, the store and migration."""

from __future__ import annotations

import pytest

import symbolic as sym
from symbolic.points import Schedule
from symbolic.search.study import load_study, search
from symbolic.search.wishes import PlanError

SPACE = sym.parse('space s\nlr = 1e-3..1.0 log\nn = 0..9\nkind = "a" | "b"\nextra = 1 | 2 when n > 4\n')
COURSE = {"progress": [0.0, 0.5], "values": [0.1, 0.01]}
VALUES = {"lr": COURSE, "n": 3, "kind": "a"}


def test_a_schedule_is_part_of_all_that_a_candidate_says() -> None:
    led, plain = SPACE.candidate(VALUES), SPACE.candidate({**VALUES, "lr": 0.1})
    assert led.to_dict() == VALUES and 'lr = {"progress": [0.0, 0.5], "values": [0.1, 0.01]}' in led.text()
    assert sym.Candidate.parse(SPACE, led.text()) == led and sym.Candidate.from_json(SPACE, led.json()) == led
    assert led != plain and led.hash != plain.hash and led.point.key != plain.point.key
    assert (led.point.index == plain.point.index).all() and (led.point.real == plain.point.real).all()
    assert SPACE.candidate({**VALUES, "lr": Schedule((0.0, 0.5), (0.1, 0.01))}) == led
    assert led.plain().text() == plain.plain().text()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("lr", {"progress": [0.1, 0.5], "values": [0.1, 0.01]}, "begins at 0 and rises"),
        ("lr", {"progress": [0.0, 0.0], "values": [0.1, 0.01]}, "begins at 0 and rises"),
        ("lr", {"progress": [0.0, 1.5], "values": [0.1, 0.01]}, "begins at 0 and rises"),
        ("lr", {"progress": [], "values": []}, "begins at 0 and rises"),
        ("lr", {"progress": [0.0], "values": [0.1, 0.01]}, "one value for each"),
        ("lr", {"progress": [0.0, 0.5], "values": [0.1, 7.0]}, r"'lr' = 7.0 is outside"),
        ("lr", {"progress": "0", "values": [0.1]}, "lists of numbers"),
        ("lr", {"progress": [0.0], "values": ["a"]}, "lists of numbers"),
        ("kind", {"progress": [0.0], "values": [1.0]}, "'kind' cannot follow a schedule: it is no number"),
        ("n", {"progress": [0.0, 0.5], "values": [3, 4.5]}, "'n' = 4.5 is not on the grid"),
        ("n", {"progress": [0.0, 0.5], "values": [3, 5]}, "'extra' is missing|decides which other decisions"),
        ("other", {"progress": [0.0], "values": [1.0]}, "'other' is unknown"),
        ("lr", {"progress": [0.0]}, "lr"),
    ],
)
def test_what_is_no_schedule(path: str, value: object, message: str) -> None:
    with pytest.raises(sym.SpaceError, match=message) as e:
        SPACE.candidate({**VALUES, path: value})
    assert e.value.code == "E601"


def test_whole_numbers_follow_schedules_too() -> None:
    led = SPACE.candidate({**VALUES, "n": {"progress": [0.0, 0.25], "values": [1, 2]}})
    assert led.to_dict()["n"] == {"progress": [0.0, 0.25], "values": [1.0, 2.0]}


def test_schedules_move_to_an_edited_space() -> None:
    new = sym.parse(
        'space s\nrate = 1e-3..1.0 log\nn = 0..9\nkind = "a" | "b"\nextra = 1 | 2 when n > 4\nrenamed "lr" to "rate"\n'
    )
    moved = sym.migrate(SPACE.candidate(VALUES), SPACE, new)
    assert isinstance(moved, sym.Candidate) and moved.to_dict()["rate"] == COURSE and set(moved.point.schedules) == {"rate"}
    narrow = sym.parse('space s\nlr = 0.05..1.0 log\nn = 0..9\nkind = "a" | "b"\nextra = 1 | 2 when n > 4\n')
    assert not isinstance(sym.migrate(SPACE.candidate(VALUES), SPACE, narrow), sym.Candidate)


def test_a_backend_that_follows_none_refuses_before_trial_1(tmp_path) -> None:
    settings = {"evaluate": lambda v: 1.0, "algorithm": "random", "store": tmp_path / "s.db", "study": "s", "listeners": []}
    with pytest.raises(PlanError, match="'function' follows no schedules: queue 'lr' with one value"):
        search(SPACE, queue=[VALUES], trials=2, **settings)
    assert not load_study(tmp_path / "s.db", "s").trials
