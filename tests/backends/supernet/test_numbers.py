"""Elastic numbers: exact arithmetic against plain integers, and every reading that would fix one value."""

from __future__ import annotations

import copy
import itertools
import math
import operator
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from backends.supernet.expressions import Leaf, Number, evaluate, leaves, operation, show
from backends.supernet.numbers import Elastic, elastic, expression, fill, lift, number
from backends.supernet.refusal import Refusal
from backends.supernet.state import Setting, State
from symbolic.resolver import Decision

VALUES = {"a": (2, 4, 6), "b": (1, 3)}


@pytest.fixture
def state() -> State:
    state = State()
    for path, values in VALUES.items():
        state.note(Decision(path, "one"), values)
    return state


def leaf(state: State, path: str) -> Any:
    return number(Leaf(path), state)


Tree = Callable[[Any, Any], Any]
OPERATORS = [operator.add, operator.sub, operator.mul]


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> Tree:
    if depth == 0 or draw(st.booleans()):
        kind = draw(st.integers(0, 2))
        constant = draw(st.integers(-3, 3))
        return (lambda a, b: a, lambda a, b: b, lambda a, b: constant)[kind]
    op = draw(st.sampled_from(OPERATORS))
    left, right = draw(trees(depth - 1)), draw(trees(depth - 1))
    divisor = draw(st.integers(1, 4))
    if draw(st.booleans()):
        return lambda a, b: op(left(a, b), right(a, b)) // divisor
    return lambda a, b: op(left(a, b), right(a, b))


@given(trees())
def test_arithmetic_is_that_of_plain_integers(tree: Tree) -> None:
    state = State()
    for path, values in VALUES.items():
        state.note(Decision(path, "one"), values)
    found = expression(tree(leaf(state, "a"), leaf(state, "b")))
    for a, b in itertools.product(VALUES["a"], VALUES["b"]):
        assert evaluate(found, {"a": a, "b": b}) == tree(a, b)


@given(trees())
def test_a_setting_gives_the_candidate_s_number(tree: Tree) -> None:
    state = State()
    for path, values in VALUES.items():
        state.note(Decision(path, "one"), values)
    made = tree(leaf(state, "a"), leaf(state, "b"))
    for i, j in itertools.product(range(3), range(2)):
        state.use(Setting({"a": (i,), "b": (j,)}))
        assert fill(made) == tree(VALUES["a"][i], VALUES["b"][j])


def test_what_all_candidates_agree_on_is_a_plain_number(state: State) -> None:
    a, b = leaf(state, "a"), leaf(state, "b")
    for plain, value in [(a % 2, 0), (b % 2, 1), (a - a, 0), (a * 0, 0), (a // 7, 0), ((a * 3) // a, 3)]:
        assert type(plain) is int and plain == value


def test_identities_keep_the_layout_visible() -> None:
    a, b = Leaf("a"), Leaf("b")
    product = operation("mul", a, b)
    assert operation("floordiv", product, b) == a
    assert operation("floordiv", product, a) == b
    assert operation("add", a, Number(0)) == operation("mul", Number(1), a) == a
    assert leaves(product) == ("a", "b") and show(operation("pow", product, Number(2))) == "((a * b) ** 2)"


def test_it_says_it_is_an_int_and_is_none(state: State) -> None:
    a = leaf(state, "a")
    assert isinstance(a, int) and type(a) is Elastic
    assert copy.deepcopy(a) is a
    assert (round(a / 2).state, math.floor(a * 0.5).state, math.ceil(a / 4).state, math.trunc(a / 4).state) == (state,) * 4


def test_comparisons_are_answered_where_all_candidates_agree(state: State) -> None:
    a, b = leaf(state, "a"), leaf(state, "b")
    assert a > 1 and a >= b // 2 and a != 5 and a != 7 and bool(a)
    assert a != "a" and a is not None and a != [2]
    assert a == a + 0


READINGS: dict[str, tuple[Callable[[Any], object], str]] = {
    "branch": (lambda a: a > 3, "comparison that differs between candidates: `a` must be one number here"),
    "int": (lambda a: int(a * 0.5), r"int\(\): `\(a \* 0.5\)` must be one number here"),
    "sqrt": (math.sqrt, "float\\(\\) or a math function: `a`"),
    "lookup": (lambda a: {2: 1}[a], "use as a dictionary key or set member: `a`"),
    "list": (lambda a: [0] * a, "repetition of a list: `a`"),
    "max": (lambda a: max(a, 3), "comparison that differs between candidates: `a`"),
    "truth": (lambda a: bool(a - 2), "truth value that differs between candidates"),
}


@pytest.mark.parametrize("name", READINGS)
def test_a_reading_that_would_fix_one_value_is_refused_with_its_line(name: str, state: State) -> None:
    read, message = READINGS[name]
    with pytest.raises(Refusal, match=message) as caught:
        read(leaf(state, "a"))
    assert "test_numbers.py:" in str(caught.value) and "^" in str(caught.value)
    assert caught.value.paths == {"a"}
    assert caught.value.remedy


def test_indexing_is_remembered_until_something_explains_it(state: State) -> None:
    a = leaf(state, "a")
    assert list(range(10))[a] == 6
    (reading,) = state.readings.values()
    assert reading.expression == Leaf("a") and reading.span is not None


def test_lift_applies_a_function_to_the_candidate_s_numbers(state: State) -> None:
    most = lift(max, leaf(state, "a"), 5)
    state.use(Setting({"a": (0,)}))
    assert fill(most) == 5
    state.use(Setting({"a": (2,)}))
    assert fill(most) == 6


def test_in_forward_it_answers_for_itself(state: State) -> None:
    a = leaf(state, "a")
    state.use(Setting({"a": (1,)}))
    assert int(a) == 4 and math.sqrt(a) == 2 and f"{a}" == "4" and a > 3 and list(range(a)) == [0, 1, 2, 3]
    assert {4: "x"}[a] == "x"
    assert torch.zeros(a).shape == (4,)


def test_fill_keeps_containers(state: State) -> None:
    a = leaf(state, "a")
    state.use(Setting({"a": (0,)}))
    value = {"size": (a, 1), "list": [a, "x"], "none": None}
    assert len(list(elastic(value))) == 2
    assert fill(value) == {"size": (2, 1), "list": [2, "x"], "none": None}


def test_a_size_of_too_many_values_is_refused() -> None:
    state = State()
    for path in "abcd":
        state.note(Decision(path, "integer"), range(1, 14))
    a, b, c, d = (leaf(state, path) for path in "abcd")
    product = a * b * c * d
    assert (product - product, type(product - product)) == (0, int)
    with pytest.raises(Refusal, match="takes 28561 values, more than 20000"):
        operator.index(product)
