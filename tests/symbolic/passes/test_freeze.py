"""`freeze` fixes decisions by path and keeps the meaning of every other one."""

from __future__ import annotations

from typing import Any

import pytest

from symbolic.errors import SpaceError
from symbolic.language.load import parse
from symbolic.space import Space

TEXT = """
x = 1 | 2 | 3
n = repeat 1..3 as r { 1 | 2 }
s = subset of { "a", "b" }
f = 0.0..1.0
g { h: 1..4, k: 1..3 when h > 2 }
require n <= x
"""


@pytest.fixture
def space() -> Space:
    return parse(TEXT)


def test_candidates_of_the_result_are_candidates_of_the_input(space: Space) -> None:
    fixed: dict[str, Any] = {"n": 2, "s": ["b"], "f": 0.25, "g/h": 3}
    frozen = space.freeze(fixed)
    assert frozen.lower().path == ("x", "n[0]", "n[1]", "g/k")
    found = frozen.sample(30)
    for candidate in found:
        whole = space.candidate(candidate.to_dict() | fixed)
        assert {k: v for k, v in whole.to_dict().items() if k not in fixed} == candidate.to_dict()
    assert frozen.size().value == 2 * 2 * 2 * 3, "x is 2 or 3"


def test_it_is_pure_idempotent_and_printed(space: Space) -> None:
    frozen = space.freeze({"x": 3, "g/h": 1})
    assert space.edits == ()
    assert frozen.freeze({"x": 3}) == frozen
    assert parse(frozen.text()) == frozen
    assert frozen.hash != space.hash


def test_order_does_not_matter(space: Space) -> None:
    assert space.freeze({"x": 3}).freeze({"f": 0.5}) == space.freeze({"f": 0.5, "x": 3})


@pytest.mark.parametrize(
    ("values", "message", "hint"),
    [
        ({"y": 1}, "no decision 'y' to fix", None),
        ({"g/hh": 1}, "no decision 'g/hh' to fix", "did you mean 'g/h'?"),
        ({"x": 4}, "'x' cannot be 4", "one of 1, 2, 3"),
        ({"n": 4}, "'n' = 4 is outside 1..3", None),
        ({"f": True}, "'f' cannot be True", None),
        ({"s": ["c"]}, "'s' cannot be ['c']", None),
        ({"s/a": 1}, "no decision 's/a' to fix", None),
    ],
)
def test_what_does_not_fit_is_refused(values: dict[str, Any], message: str, hint: str | None, space: Space) -> None:
    with pytest.raises(SpaceError) as e:
        space.freeze(values)
    assert (e.value.code, e.value.message) == ("E406", message)
    assert hint is None or e.value.hint == hint


def test_a_fixed_decision_keeps_its_value(space: Space) -> None:
    with pytest.raises(SpaceError, match="fixed already"):
        space.freeze({"x": 3}).freeze({"x": 2})


def test_everything_may_be_frozen(space: Space) -> None:
    frozen = space.freeze({"x": 2, "n": 1, "n[0]": 2, "s": [], "f": 1, "g/h": 2})
    assert frozen.lower().path == ("g/k",) or not frozen.lower().path
    assert frozen.size().value == 1
    assert frozen.default().to_dict() == {}


def test_what_fixes_decisions_is_a_mapping(space: Space) -> None:
    with pytest.raises(SpaceError, match="E406"):
        space.freeze(3)  # type: ignore[arg-type]
