"""Ranges in the table: grids, hulls of dependent bounds, defaults, fidelities, repeats by count."""

from __future__ import annotations

from typing import Any

import pytest

from symbolic.table.table import FLOAT, INT


def column(oracle: Any, text: str, path: str = "x") -> dict[str, Any]:
    table = oracle.parse(text).lower()
    c = table.where[path]
    names = ("kind", "card", "low", "high", "step", "log", "integer", "default", "prior")
    return {name: getattr(table, name)[c].item() for name in names}


def test_an_integer_range(oracle: Any) -> None:
    got = column(oracle, "x = 8..32 step 8")
    assert (got["kind"], got["card"], got["low"], got["high"], got["step"], got["integer"]) == (INT, 4, 8, 32, 8, True)


def test_a_float_grid_is_decimal(oracle: Any) -> None:
    space = oracle.parse("x = 0.1..0.7 step 0.1")
    assert column(oracle, "x = 0.1..0.7 step 0.1")["card"] == 7
    assert space.candidate({"x": 0.3}).to_dict() == {"x": 0.3}
    assert space.candidate({"x": 0.7}).point.index.tolist() == [6]


@pytest.mark.parametrize(
    ("text", "default"),
    [
        ("x = 2..9", 0),
        ("x = 2..9 prior 4", 2),
        ("x = 2..9 prior 4 default 5", 3),
        ("x = 0.0..1.0", 0.5),
        ("x = 1e-4..1.0 log", 1e-2),
        ("x = 1e-4..1.0 log prior 3e-3", 3e-3),
        ("x = 0.0..1.0 step 0.25", 2),
        ('x = "a" | default "b"', 1),
    ],
)
def test_defaults(text: str, default: float, oracle: Any) -> None:
    assert column(oracle, text)["default"] == pytest.approx(default)


@pytest.mark.parametrize(
    ("bound", "low", "high"),
    [
        ("a..9", 1, 9),
        ("1..a", 1, 4),
        ("a..a + b", 1, 7),
        ("(2 * a - b)..20", -1, 20),
        ("1..2 ** a", 1, 16),
        ("0..max(a, b) // 2", 0, 2),
        ("abs(a - b)..9", 0, 9),
        ("(a if b == 1 else 6)..9", 1, 9),
        ("a % 3..9", 0, 9),
    ],
)
def test_a_dependent_range_has_the_hull(bound: str, low: int, high: int, oracle: Any) -> None:
    text = f"a = 1..4\nb = 1..3\nx = {bound}"
    got = column(oracle, text)
    assert (got["low"], got["high"]) == (low, high)
    space = oracle.parse(text)
    assert len(oracle.candidates(space)) == space.size().value


def test_float_ranges_stay_floats(oracle: Any) -> None:
    got = column(oracle, "x = 0.5..2.0 log")
    assert (got["kind"], got["card"], got["log"]) == (FLOAT, 0, True)


def test_a_fidelity_has_no_column_and_its_high_end_in_expressions(oracle: Any) -> None:
    table = oracle.parse("t { e: fidelity 1..9, x: 1..e }").lower()
    assert table.path == ("t/x",)
    assert [(f.path, f.low, f.high) for f in table.fidelities] == [("t/e", 1, 9)]
    assert table.high[0] == 9


def test_what_repeats_add_is_unknown_where_it_is_lacking(oracle: Any) -> None:
    space = oracle.parse(
        "x = repeat 1..3 as l { { bits: 2 | 4, cost: 5 } }\nrequire sum(x[*].cost) <= 10\nrequire sum(x[**].bits) < 8"
    )
    assert len(oracle.candidates(space)) == space.size().value == 2 + 3


def test_counts_of_every_kind(oracle: Any) -> None:
    for count, sizes in (("2", [2]), ("(1 | 3)", [1, 3]), ("0..2", [0, 1, 2]), ("n", [1, 2]), ("(n + 1)", [2, 3])):
        space = oracle.parse(f"n = 1..2\nx = repeat {count} as r {{ linear(1 | 2) }}")
        total = sum(2**k for k in sizes) * (1 if "n" in count else 2)
        assert len(oracle.candidates(space)) == space.size().value == total, count
