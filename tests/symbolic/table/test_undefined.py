"""What has no value: refused at lowering or at the build with its place, never dropped; and what is too large for a float."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from symbolic.errors import SpaceError
from symbolic.language.load import parse
from symbolic.table.scalars import COMPARISONS, NUMERIC_OPS, UNKNOWN, apply, compare
from symbolic.table.vectors import combine
from symbolic.table.vectors import compare as compare_columns

REFUSED = {
    "x = 1..3\nmodel = conv2d(8, kernel: 6 // (x - 1))": "2:27: E301 division by a range that contains 0",
    "x = 1..4\ny = 1 / (x - 2)": "2:5: E301 division by a range that contains 0",
    "x = 1..4\ny = [1, 2 % (x - 1)]": "2:9: E301 division by a range that contains 0",
    "x = 0 | 1 | 2\ny = repeat 1..2 { 4 // x }": "2:19: E301 division by a range that contains 0",
    "x = 1..4\ny { a: 1..2, b: a + 1 / (x - 1) }": "2:21: E301 division by a range that contains 0",
    "x = 1..4\nz = 1 if x > 2 else 0\ny = 1 / (x - 2) + z": "3:5: E301 division by a range that contains 0",
    "x = 1..4\ny = log(x - 3)": "2:5: E301 log of -2..1 is not defined everywhere",
    "x = 1..4\ny = 2.0 ** (x * 400)": "2:5: E301 this can be too large for a float",
    "x = 1..4\ny = exp(x * 400)": "2:5: E301 this can be too large for a float",
    "x = 0.0..1.0\ny = 1..(3 + round(1e300 * x * 1e300))": "2:19: E301 this can be too large for a float",
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_value_without_a_result_is_refused_at_its_place(text: str) -> None:
    with pytest.raises(SpaceError) as e:
        parse(text).lower()
    assert f"<text>:{REFUSED[text]}" in str(e.value)


@pytest.mark.parametrize(
    "value", ["1 / (x - 2) if x > 1 else 0", "1 / (x - 2) when x > 1", "1 + (1 / (x - 2) if x > 1 else 0)"]
)
def test_a_guarded_value_is_built_where_it_has_one_and_refused_where_not(value: str) -> None:
    space = parse(f"x = 1..4\ny = {value}")
    assert space.candidate({"x": 4}).build()["y"] in (0.5, 1.5)
    with pytest.raises(SpaceError, match=r"E301 '/' has no finite result here at x = 2"):
        space.candidate({"x": 2}).build()


def test_a_value_that_reads_an_inactive_decision_stays_absent() -> None:
    space = parse("a = 1 | 2\nb = 1..3 when a == 1\ny = 6 / b")
    assert space.candidate({"a": 2}).build() == {"a": 2}


def test_an_expression_that_doubles_at_each_name_is_refused_before_it_is_read() -> None:
    lines = ["y0 = 1..2", *(f"y{i} = (y{i - 1} + y{i - 1}) / 2" for i in range(1, 60))]
    with pytest.raises(SpaceError, match="E405 this expression reads more than 100000 parts"):
        parse("\n".join(lines)).lower()


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        ("require 2.0 ** (x * 400) < 1e200", [1]),
        ("require 2 ** (x * 400) < 1e200", [1]),
        ("require exp(x * 400) < 1e200", [1]),
        ("forbid 2 ** (x * 400) > 1e200", [1]),
        ("require -(2.0 ** (x * 400)) > -1e200", [1]),
        ("require (-2) ** (400 * x + 1) < -1e200", [2, 3, 4]),
        ("require 1 / (x - 2) < 0.7", [1, 2, 4]),
        ("require sqrt(x - 2) < 1.1", [1, 2, 3]),
    ],
)
def test_infinite_is_above_every_limit_and_undefined_is_unknown(rule: str, left: list[int]) -> None:
    space = parse(f"x = 1..4\n{rule}")
    assert space.size().value == len(left)
    kept = []
    for x in range(1, 5):
        try:
            kept.append(space.candidate({"x": x}).to_dict()["x"])
        except SpaceError as e:
            assert e.code == "E601"
    assert kept == left


def test_scalars_and_columns_agree_at_the_edges() -> None:
    numbers = [0.0, 1.0, -1.0, 2.0, 0.5, 3.0, -3.0, 1e300, -1e300, math.inf, -math.inf, 1000.0, 401.0]
    single = {"neg", "abs", "round", "floor", "ceil", "log", "log2", "log10", "exp", "sqrt"}
    for op in (*NUMERIC_OPS, *COMPARISONS):
        for args in itertools.product(numbers, repeat=1 if op in single else 2):
            one = apply(op, args)
            (value,), (known,) = combine(op, [(np.array([a]), np.array([True])) for a in args])
            assert known == (one is not UNKNOWN), (op, args)
            assert one is UNKNOWN or one == value or math.isclose(float(one), value, rel_tol=1e-12), (op, args)  # type: ignore[arg-type]


def test_nothing_finite_equals_infinity() -> None:
    assert not compare("==", math.inf, 5.0)
    assert compare(">", math.inf, 5.0)
    assert compare("==", math.inf, math.inf)
    assert compare_columns("==", np.array([math.inf, math.inf]), np.array([5.0, math.inf])).tolist() == [False, True]
