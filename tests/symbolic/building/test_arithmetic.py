"""Expressions on live answers: plain numbers follow the language, anything else is used through Python's operators alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import attrs
import pytest

from symbolic.building.arithmetic import combine, evaluate
from symbolic.table.instances import Constant, Decided, Formula, Gathered, Instance, Members
from symbolic.table.scalars import UNKNOWN, Unknown


class Both:
    """Two numbers at once. Converting, hashing or comparing it is an error, as for an elastic number."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, *values: float) -> None:
        self.values = values

    @property
    def __class__(self) -> type:  # an elastic number says it is an int
        return int

    def __add__(self, other: float) -> Both:
        return Both(*(v + other for v in self.values))

    __radd__ = __add__

    def __mul__(self, other: float) -> Both:
        return Both(*(v * other for v in self.values))

    __rmul__ = __mul__

    def __floordiv__(self, other: float) -> Both:
        return Both(*(v // other for v in self.values))

    def __floor__(self) -> Both:
        return Both(*(math.floor(v) for v in self.values))

    def __int__(self) -> int:
        raise AssertionError("converted")

    __float__ = __bool__ = __index__ = __int__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared")


@attrs.frozen(eq=False)
class Told:
    """A reader of constants, and of decisions by path."""

    values: Mapping[str, object]
    labels: Mapping[str, str | Unknown] = attrs.field(factory=dict)
    sets: Mapping[str, Sequence[str] | Unknown] = attrs.field(factory=dict)
    guards: Mapping[int, bool] = attrs.field(factory=dict)

    def read(self, x: Instance) -> object:
        if isinstance(x, Formula):
            return evaluate(x, self)
        return x.value if isinstance(x, Constant) else self.values[x.path]  # type: ignore[union-attr]

    def label(self, x: Decided) -> str | Unknown:
        return self.labels[x.path]

    def picked(self, x: Members) -> Sequence[str] | Unknown:
        return self.sets[x.path]

    def holds(self, guard: int) -> bool:
        return self.guards[guard]


@pytest.mark.parametrize(
    ("op", "args", "expected"),
    [
        ("+", (1, 2), 3),
        ("/", (1, 2), 0.5),
        ("//", (7, 2), 3),
        ("round", (2.5,), 3),
        ("min", (4, 2, 3), 2),
        ("/", (1, 0), UNKNOWN),
    ],
)
def test_plain_numbers_follow_the_language(op: str, args: tuple[float, ...], expected: object) -> None:
    result = combine(op, args)
    assert result is expected or (type(result) is type(expected) and result == expected)


@pytest.mark.parametrize("op", ["and", "or"])
@pytest.mark.parametrize("a", [True, False, UNKNOWN])
@pytest.mark.parametrize("b", [True, False, UNKNOWN])
def test_logic_has_three_values(op: str, a: object, b: object) -> None:
    possible = [
        (x and y) if op == "and" else (x or y)
        for x in ([True, False] if a is UNKNOWN else [a])
        for y in ([True, False] if b is UNKNOWN else [b])
    ]
    expected = possible[0] if len(set(possible)) == 1 else UNKNOWN
    assert combine(op, (a, b)) is expected


@pytest.mark.parametrize(
    ("op", "args", "expected"),
    [
        ("+", (Both(1, 2), 3), (4, 5)),
        ("*", (4, Both(1, 2)), (4, 8)),
        ("//", (Both(5, 8), 2), (2, 4)),
        ("round", (Both(1.5, 2.2),), (2, 2)),
    ],
)
def test_stand_ins_are_only_computed_with(op: str, args: tuple[object, ...], expected: tuple[float, ...]) -> None:
    result = combine(op, args)
    assert type(result) is Both and result.values == expected


def test_sums_of_stand_ins() -> None:
    items = Gathered((Decided("a"), Constant(3), Decided("b")))
    result = evaluate(Formula("sum", (items,)), Told({"a": Both(1, 2), "b": UNKNOWN}))
    assert type(result) is Both and result.values == (4, 5)


def test_unknown_spreads_but_active_knows() -> None:
    reader = Told({"a": UNKNOWN, "b": 2})
    assert evaluate(Formula("+", (Decided("a"), Decided("b"))), reader) is UNKNOWN
    assert evaluate(Formula("active", (Decided("a"),)), reader) is False
    assert evaluate(Formula("active", (Decided("b"),)), reader) is True


def test_options_are_told_by_label_or_value() -> None:
    x = Decided("x", (Constant(3), Constant(True), Constant("same")), ("3", "true", "same"))
    for label, wanted, expected in [
        ("3", 3, True),
        ("3", "3", True),
        ("true", True, True),
        ("same", "same", True),
        ("3", 5, False),
    ]:
        found = evaluate(Formula("is", (x, Constant(wanted))), Told({}, labels={"x": label}))
        assert found is expected
        assert evaluate(Formula("is not", (x, Constant(wanted))), Told({}, labels={"x": label})) is not expected
    several = Gathered((Constant("same"), Constant(3)))
    assert evaluate(Formula("in", (x, several)), Told({}, labels={"x": "3"})) is True
    assert evaluate(Formula("not in", (x, several)), Told({}, labels={"x": "true"})) is True
    assert evaluate(Formula("is", (x, Constant(3))), Told({}, labels={"x": UNKNOWN})) is UNKNOWN


def test_a_label_is_looked_up_among_the_picked() -> None:
    members = Members("m", (), (), ("a", "b"), 0, 2, False)
    picked = Formula("in", (Constant("a"), members))
    assert evaluate(picked, Told({}, sets={"m": ["a"]})) is True
    assert evaluate(picked, Told({}, sets={"m": ["b"]})) is False
    assert evaluate(picked, Told({}, sets={"m": UNKNOWN})) is UNKNOWN


def test_a_guarded_value_is_unknown_where_the_guard_does_not_hold() -> None:
    guarded = Formula("guarded", (Constant(5), Constant(2)))
    assert evaluate(guarded, Told({}, guards={2: True})) == 5
    assert evaluate(guarded, Told({}, guards={2: False})) is UNKNOWN
