"""Numbers, units, strings and names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolic.errors import SpaceError
from symbolic.language.load import parse
from symbolic.language.raw import Fault, Place
from symbolic.language.words import is_name, literal, name, number, quote, string
from symbolic.nodes import Const

HERE = Place(1, 1, 0, 1)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("3", 3, None),
        ("1_000", 1000, None),
        ("3.0", 3.0, None),
        ("1e3", 1000.0, None),
        ("0.5k", 500, None),
        ("1.5M", 1_500_000, None),
        ("0.0001k", 0.1, None),
        ("50%", 0.5, None),
        ("100%", 1.0, None),
        ("100ms", 0.1, "s"),
        ("2s", 2, "s"),
        ("3min", 180, "s"),
        ("1.5h", 5400, "s"),
        ("250us", 0.00025, "s"),
        ("2KiB", 2048, "B"),
        ("0.5GiB", 2**29, "B"),
        ("7T", 7 * 10**12, None),
    ],
)
def test_numbers(text: str, value: float, unit: str | None) -> None:
    made = number(text, HERE)
    assert (made.value, type(made.value), made.unit) == (value, type(value), unit)


@pytest.mark.parametrize("text", ["5foo", "1e309", "9" * 41, "1" * 39 + "T", "1e308k", "5K"])
def test_numbers_that_are_none(text: str) -> None:
    with pytest.raises(Fault) as caught:
        number(text, HERE)
    assert caught.value.code == "E104"


@given(st.integers(-(10**39), 10**39) | st.floats(allow_nan=False, allow_infinity=False))
def test_constants_print_as_they_are_read(value: float) -> None:
    made = parse(f"x = {literal(value)}").root.fields[0].value
    assert made == Const(value)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_strings_print_as_they_are_read(text: str) -> None:
    assert string(quote(text), HERE) == text
    assert parse(f"x = {quote(text)}").root.fields[0].value == Const(text)


def test_names() -> None:
    assert is_name("step") and is_name("_x1") and not is_name("when") and not is_name("1x") and not is_name("é")
    assert name("a" * 200, HERE) == "a" * 200
    for bad in ("fidelity", "a" * 201):
        with pytest.raises(Fault, match="E103"):
            name(bad, HERE)


def test_names_with_a_unit_are_metrics_that_programs_measure() -> None:
    space = parse("task digits\nx = 1 | 2\nminimize energy_mj\nrequire flash_kb <= 256\n")
    assert parse(space.text()) == space and "minimize energy_mj" in space.text()
    for wrong in ("acc", "energy", "accuracy_s2", "x_ms.y"):
        with pytest.raises(SpaceError, match="E20"):
            parse(f"task digits\nx = 1 | 2\nminimize {wrong}\n")
