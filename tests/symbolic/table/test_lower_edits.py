"""Edits: `fix`, `limit` and `tie`, read against the decision at their path."""

from __future__ import annotations

from typing import Any

import pytest

from symbolic.errors import SpaceError

CASES = {
    "fix a constant": ('x = 1 | 2\ny = 1 | 2\nfix "x" to 2', "y", 2),
    "fix an option": ('x = relu | linear(1 | 2)\nfix "x" to linear', "x/linear/width", 2),
    "fix away an inside": ('x = relu | linear(1 | 2)\ny = 1 | 2\nfix "x" to relu', "y", 2),
    "fix in an option": ('x = relu | linear(1 | 2)\nfix "x/linear/width" to 2', "x", 2),
    "fix a count": ('x = repeat 1..3 { linear(1 | 2) }\nfix "x" to 2', "x[0]/width x[1]/width", 4),
    "fix a shared choice": ('shared a = relu | gelu\nx = a >> a >> linear(1 | 2)\nfix "a" to gelu', "x/linear/width", 2),
    "fix a subset": ('x = subset of { "a", linear(1 | 2), "c" }\nfix "x" to ["a", linear]', "x/linear/width", 2),
    "fix a float": ('x = 0.0..1.0\ny = 1 | 2\nfix "x" to 1', "y", 2),
    "limit options": ('x = "a" | "b" | "c"\nlimit "x" to [c, a]', "x", 2),
    "limit to one": ('x = "a" | "b" | "c"\ny = 1 | 2\nlimit "x" to [c]', "y", 2),
    "limit a grid evenly": ('x = 1..9\nlimit "x" to [1, 3, 5]', "x", 3),
    "limit a grid unevenly": ('x = 1..9\nlimit "x" to [1, 2, 9]', "x", 3),
    "limit a float": ('x = 1e-4..1e-1 log\nlimit "x" to [1e-3, 1e-2]', "x", 2),
    "limit a count": ('x = repeat 1..3 { linear(1 | 2) }\nlimit "x" to [1, 3]', None, 2 + 8),
    "limit a subset": ('x = subset 1..2 of { "a", "b", "c" }\nlimit "x" to [a, c]', "x/a x/c", 3),
    "tie": ('x = "a" | "b"\ny = "a" | "b"\ntie "y" to "x"', "x", 2),
    "tie keeps insides": (
        'x = relu | linear(1 | 2)\ny = relu | linear(1 | 2)\ntie "y" to "x"',
        "x x/linear/width y/linear/width",
        5,
    ),
    "tie activates": (
        'z = 1 | 2\nx = "a" | "b" when z == 1\ny = "a" | "b" when z == 2\ntie "y" to "x"',
        "z x",
        4,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_edits(name: str, oracle: Any) -> None:
    text, paths, count = CASES[name]
    space = oracle.parse(text)
    assert paths is None or " ".join(space.lower().path) == paths
    assert len(oracle.candidates(space)) == count
    if not space.lower().n_floats:
        assert space.size().value == count
    for candidate in space.sample(5):
        assert space.candidate(candidate.to_dict()) == candidate


def test_conditions_read_what_is_fixed(oracle: Any) -> None:
    text = """
x = relu | linear(1 | 2) | skip
s = subset of { "a", "b" }
y = 1 | 2 when x is linear
z = 1 | 2 when x is relu
v = 1 | 2 when a in s
w = 1 | 2 when b in s
fix "x" to linear
fix "s" to ["b"]
"""
    assert oracle.parse(text).lower().path == ("x/linear/width", "y", "w")


def test_constraints_may_name_options_that_a_limit_left_out(oracle: Any) -> None:
    space = oracle.parse('x = "a" | "b" | "c"\nlimit "x" to [a, b]\nforbid x is c\nforbid x is a')
    assert space.size().value == 1


def test_weights_are_renormalised(oracle: Any) -> None:
    table = oracle.parse('x = "a" @ 2 | "b" @ 1 | "c" @ 5\nlimit "x" to [a, b]').lower()
    assert table.prob[0] == pytest.approx([2 / 3, 1 / 3])


REFUSED = {
    'x = 1 | 2\nfix "y" to 1': "E406 no decision 'y' to fix",
    'x = 1 | 2\nfix "x" to 3': "E406 'x' cannot be 3",
    'x = 1..5\nfix "x" to 9': "E406 'x' cannot be 9",
    'x = 0.0..1.0\nfix "x" to 2.0': "E406 'x' cannot be 2.0",
    'x = 1..9 step 2\nlimit "x" to [1, 2]': "E406 'x' cannot be 2",
    'x = subset 1..1 of { "a", "b" }\nfix "x" to [a, b]': "E406 'x' cannot be ['a', 'b']",
    'x = subset 2 of { "a", "b", "c" }\nlimit "x" to [a]': "E406 'x' picks 2 options or more, 1 are left",
    'x = 1 | 2\ny = 1 | 2\ntie "x" to "y"': "E406 no decision 'y' to tie 'x' to",
    'x = 1 | 2\ny = 1 | 3\ntie "y" to "x"': "E406 'y' and 'x' are unlike decisions",
    'x = 1 | 2\nfix "x" to 1\nlimit "x" to [1]': "E202 'x' is edited twice",
}


@pytest.mark.parametrize("text", REFUSED)
def test_edits_that_fit_nothing_are_refused(text: str, oracle: Any) -> None:
    with pytest.raises(SpaceError) as e:
        oracle.parse(text).lower()
    assert REFUSED[text] in str(e.value)
    assert e.value.span is not None


def test_a_value_for_a_fixed_or_tied_decision_is_told_what_became_of_it(oracle: Any) -> None:
    text = "a = relu | gelu\nb = 1..4\nc = 1..4\nd = 0.0..1.0\nfix a to relu\ntie c to b\nlimit d to [0.5]"
    space = oracle.parse(text)
    for path, value, message in (
        ("a", "relu", "'a' is fixed to \"relu\": it is no decision here"),
        ("c", 2, "'c' is tied to \"b\": it is no decision here"),
        ("d", 0.5, "'d' is limited to [0.5]: it is no decision here"),
    ):
        with pytest.raises(SpaceError, match="E601") as e:
            space.candidate({"b": 2, path: value})
        assert message in str(e.value)


def test_what_nests_too_deep_is_refused_with_a_place(oracle: Any) -> None:
    blocks = "\n".join(f"block b{i}() = b{i - 1}()" for i in range(1, 1500))
    with pytest.raises(SpaceError, match="E405") as e:
        oracle.parse(f"block b0() = 1 | 2\n{blocks}\nx = b1499()").lower()
    assert e.value.span is not None
    assert e.value.span.line == 1501
