"""Hostile texts are refused with a typed error, and quickly; at the limit a text is still read."""

from __future__ import annotations

import contextlib

import pytest

from symbolic.errors import SpaceError
from symbolic.language.load import parse


def refused(text: str, code: str) -> SpaceError:
    """Assert that a text is refused with a code."""
    with pytest.raises(SpaceError) as caught:
        parse(text, "big.space")
    assert caught.value.code == code, str(caught.value)[:300]
    return caught.value


@pytest.mark.parametrize("opener,closer", ["()", "[]"])
def test_a_hundred_brackets(opener: str, closer: str) -> None:
    assert parse(f"x = {opener * 99}1{closer * 99}\n").entries == ["x"]
    assert refused(f"x = {opener * 101}1{closer * 101}", "E105").span is not None


@pytest.mark.parametrize(
    "chain",
    [
        lambda n: "a" + ".b" * n,
        lambda n: "a" + "[0]" * n,
        lambda n: "1" + " + a" * n,
        lambda n: "not " * n + "true",
        lambda n: "-" * n + "a",
        lambda n: "2 ** " * n + "a",
        lambda n: "1 if a == 1 else " * n + "2",
    ],
)
def test_two_hundred_operators(chain: object) -> None:
    assert callable(chain)
    assert parse(f"a = 1..3\nx = {chain(150)}").entries == ["a", "x"]
    assert refused(f"a = 1..3\nx = {chain(210)}", "E105").span is not None


@pytest.mark.parametrize("depth", [10, 40, 90])
def test_brackets_and_operators_together(depth: int) -> None:
    nested = "a"
    for _ in range(depth):
        nested = f"(- - -min(1 + {nested}))" if len(nested) % 2 else f"max([2 * {nested}][0] if a == 1 else a)"
    with contextlib.suppress(SpaceError):
        parse(f"a = 1..3\nx = {nested}")


def test_a_text_of_two_megabytes() -> None:
    assert refused("#" * 2_000_001, "E405")
    assert refused("x = 1\n" + "é" * 1_100_000, "E405")


def test_many_options() -> None:
    assert refused("x = " + " | ".join(map(str, range(10_001))), "E405")
    assert len(parse("x = " + " | ".join(map(str, range(3_000)))).text()) > 10_000


def test_many_statements_and_fields() -> None:
    fields = ", ".join(f"f{i}: {i}" for i in range(5_000))
    assert parse(f"x {{ {fields} }}").entries == ["x"]


def test_long_chains_of_definitions() -> None:
    blocks = "\n".join(f"block b{i} = b{i + 1}" for i in range(3_000))
    assert len(parse(f"{blocks}\nblock b3000 = 1 | 2\nx = b0").defs) == 3_001


def test_long_sequences_are_flat() -> None:
    items = " >> ".join(["(1 | 2)"] * 3_000)
    assert len(parse(f"x = {items}").text()) > 20_000
