"""Which newlines end something: chains break before or after an operator, brackets join lines."""

from __future__ import annotations

import pytest

from symbolic.errors import SpaceError
from symbolic.language.load import parse, read
from symbolic.operators import Signature

Operators = dict[str, Signature | None]
ONE_LINE = "x = relu >> gelu | silu @ 2\ny = 3\n"


@pytest.mark.parametrize(
    "text",
    [
        "x = relu >> gelu | silu @ 2\n\n\n\ny = 3",
        "\n\n# first\nx = relu >> gelu | silu @ 2 # and\n\n# then\n\ny = 3 # last",
        "x =\n  relu >>\n gelu |\n   silu @\n 2\ny =\n3",
        "x = relu\n  >> gelu\n  | silu\n  @ 2\ny = 3",
        "x = relu\n# a | b\n  # c\n\n  >> gelu | silu @ 2\ny = 3\n",
        "x = (\n relu >> gelu\n) | silu @ 2\ny = (\n3\n)",
        "x = relu >> gelu | silu @ 2\r\ny = 3\r\n",
        "x = relu\r\n  >> gelu # note | x\r\n  | silu @ 2\r\ny = 3",
        "\ufeffx = relu >> gelu | silu @ 2\ny = 3",
        "x\t=\trelu >> gelu | silu @ 2\ny = 3",
    ],
)
def test_layout_does_not_matter(text: str, operators: Operators) -> None:
    assert read(text, operators=operators).space == read(ONE_LINE, operators=operators).space


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("x { a: 1\n b: 2 }", "x { a: 1, b: 2 }"),
        ("x {\n a: 1,\n b: 2,\n}", "x { a: 1, b: 2 }"),
        ("x = { let a = 1 | 2\n a }", "x = { let a = 1 | 2; a }"),
        ("x = subset of {\n 1\n 2, 3\n}", "x = subset of { 1, 2, 3 }"),
        ("x { a: 1..3\n if: 2 }", None),
        ("x { a: 1..3\n when_: 2 }", "x { a: 1..3, when_: 2 }"),
        ("a = 1..3\nx { b: 1\n when a == 1\n c: 2 }", "a = 1..3\nx { b: 1 when a == 1, c: 2 }"),
        ("x = [1,\n 2\n , 3]", "x = [1, 2, 3]"),
    ],
)
def test_newlines_separate_fields_and_items(written: str, same: str | None, operators: Operators) -> None:
    if same is None:
        with pytest.raises(SpaceError, match="E103 'if' is a reserved word"):
            read(written, operators=operators)
    else:
        assert read(written, operators=operators).space == read(same, operators=operators).space


def test_a_statement_may_not_begin_with_a_sign() -> None:
    assert parse("x = 3\n - 1").text().endswith("x = 2\n")


def test_many_blank_lines_take_linear_time() -> None:
    text = "x = 1\n" + "# a | b\n\n" * 100_000 + "  | 2\n" + "\n" * 100_000
    assert parse(text).text().endswith("x = 1 | 2\n")
