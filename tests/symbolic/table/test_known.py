"""After `x is label` the fields of that option are known: in the same condition, and where a guard said so."""

from __future__ import annotations

import pytest

from symbolic.errors import SpaceError
from symbolic.language.load import parse

OPT = 'opt = { momentum: 0 | 5 | 9 } as sgd | { decay: 1..3, momentum: 1 | 2 } as adam | "none"\n'
"""3 + 6 + 1 candidates."""


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("forbid opt is sgd and opt.momentum > 4", 1 + 6 + 1),
        ("require opt is not sgd or opt.momentum > 4", 2 + 6 + 1),
        ("forbid opt.momentum > 4 when opt is sgd", 1 + 6 + 1),
        ("require opt.momentum > 4 when opt is sgd", 2 + 6 + 1),
        ("forbid opt is adam and opt.decay == 1 and opt.momentum == 2", 3 + 5 + 1),
        ("forbid not (opt is not adam) and opt.decay == 1", 3 + 4 + 1),
        ("forbid opt is adam and (opt.decay == 1 or opt.decay == 2)", 3 + 2 + 1),
        ('forbid opt == "adam" and opt.decay == 1', 3 + 4 + 1),
        ("require opt.decay > 1 if opt is adam else true", 3 + 4 + 1),
        ("require opt.momentum > 4 if opt is sgd else not (opt is adam) or opt.decay > 2", 2 + 2 + 1),
        ("y = 1 | 2 when opt is sgd and opt.momentum == 9", 3 + 1 + 6 + 1),
        ("y = (1..opt.decay + 1) when opt is adam", 3 + 2 * (2 + 3 + 4) + 1),
        ("z { a: { b: 1..2, c: 1..opt.decay + 1 } when opt is adam }", 3 + 2 * 2 * (2 + 3 + 4) + 1),
    ],
)
def test_fields_of_the_option(text: str, size: int) -> None:
    space = parse(OPT + text)
    assert space.size().value == size
    assert parse(space.text()) == space


def test_nested_choices() -> None:
    text = 'a = { b: { c: 1..5 } as deep | "flat" } as one | "two"\nforbid a is one and a.b is deep and a.b.c > 2'
    assert parse(text).size().value == 2 + 1 + 1


def test_what_cannot_be_ends_the_condition() -> None:
    space = parse(OPT + "forbid opt is sgd and opt.momentum > 4\nrequire opt is not sgd or opt.momentum > 4")
    assert space.freeze({"opt": "adam"}).size().value == 6
    assert space.freeze({"opt": "none"}).size().value == 1
    limited = parse(space.text() + 'limit "opt" to ["adam", "none"]\n')
    assert limited.size().value == 7
    with pytest.raises(SpaceError, match="E501"):
        space.freeze({"opt": "sgd"}).size()


def test_without_the_question_the_option_is_named() -> None:
    with pytest.raises(SpaceError, match=r"nothing is called 'decay' here(.|\n)*name the option first: adam.decay"):
        parse(OPT + "forbid opt.decay > 1").lower()
    with pytest.raises(SpaceError, match="nothing is called 'decay' here"):
        parse(OPT + "forbid opt is sgd and opt.decay > 1").lower()
    with pytest.raises(SpaceError, match="nothing is called 'decay' here"):
        parse(OPT + "forbid opt is adam or opt.decay > 1").lower()


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("forbid opt is not adam and opt.m == 2", 1 + 3),
        ("forbid opt is adam or opt.m < 2", 1),
        ("require opt is adam or opt.m == 1", 1 + 3),
    ],
)
def test_of_two_options_one_that_is_not_taken_leaves_the_other(text: str, size: int) -> None:
    assert parse("opt = { m: 1 | 2 } as sgd | { wd: 1 | 2 | 3 } as adam\n" + text).size().value == size
