"""The formatter: idempotent, the tree and the comments unchanged, the example files its fixed points."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolic.errors import SpaceError
from symbolic.language.fmt import format_text
from symbolic.language.load import read
from symbolic.operators import Signature

Operators = dict[str, Signature | None]

FORMATTED = {
    "x=f(a=3,b  = -1)": "x = f(a: 3, b: -1)",
    "block f(w=3 , v:int=4)=linear(w)": "block f(w = 3, v: int = 4) = linear(w)",
    "block f(\n w=3,\n v=relu(a=2)\n)=linear(w)": "block f(\n  w = 3,\n  v = relu(a: 2)\n) = linear(w)",
    'y {a=1,"b c"=2\nstep = 3}': 'y { a: 1, "b c": 2\n  step: 3 }',
    "x = {let a=1;a-1}|{  }": "x = { let a = 1; a - 1 } | {}",
    "z = repeat 3 as step [i] {relu}": "z = repeat 3 as step[i] { relu }",
    "q = 1 .. 9 step( 2 ) log": "q = 1..9 step (2) log",
    "q = -1..-3*( -2 )- -1": "q = -1..-3 * (-2) - -1",
    "w = [ 1,2 ]|x[ * ] . k[ ** ]": "w = [1, 2] | x[*].k[**]",
    "require(a or b)": "require (a or b)",
    'fix "a"to[1,2]': 'fix "a" to [1, 2]',
    "x = relu@2|default gelu as g@ .5": None,
    "x = relu\n>> gelu\n   | silu": "x = relu\n  >> gelu\n  | silu",
    "x =\nrelu": "x =\n  relu",
    "x {\na: 1\n# on b\nb: {\nc: 2\n}\n}": "x {\n  a: 1\n  # on b\n  b: {\n    c: 2\n  }\n}",
    "x = f(\n1, g(\n2\n)\n)": "x = f(\n  1, g(\n    2\n  )\n)",
    "\n\n# first\n\n\n\nx = 1   # one\n\n\n": "# first\n\nx = 1  # one",
    "x = 1\r\ny = 2\r\n": "x = 1\ny = 2",
    "x = m::Q ( 3 ) with{k : 3}": "x = m::Q(3) with { k: 3 }",
    "x = a if b<3 else c .d": "x = a if b < 3 else c.d",
    'x = 1_000  |0.5k|"a  b"': 'x = 1_000 | 0.5k | "a  b"',
    "x = not(a)and b": "x = not (a) and b",
    "": "",
}


@pytest.mark.parametrize("text", FORMATTED)
def test_formatted(text: str) -> None:
    expected = FORMATTED[text]
    if expected is None:
        with_points = format_text(text)
        assert format_text(with_points) == with_points
    else:
        assert format_text(text) == (expected + "\n" if expected else "")


def comments(text: str) -> list[str]:
    """Return the comments of a text."""
    return [c.rstrip() for c in re.findall(r"#[^\n]*", text)]


def test_example_files_are_fixed_points(examples: dict[str, str]) -> None:
    for name, text in examples.items():
        assert format_text(text) == text, name


@pytest.mark.parametrize("seed", range(10))
def test_squeezed_files_keep_tree_and_comments(seed: int, examples: dict[str, str], loose: Operators) -> None:
    rng = random.Random(seed)
    for text in rng.sample(list(examples.values()), 5):
        spread = re.sub(r"(?m)^ +", lambda m: " " * rng.randint(0, 7), text)
        spread = re.sub(r"(?<=[,|=(]) ?(?=[a-z0-9])", lambda m: " " * rng.randint(0, 3), spread)
        shown = format_text(spread)
        assert format_text(shown) == shown
        assert comments(shown) == comments(spread)
        assert read(shown, operators=loose).space == read(text, operators=loose).space


@given(st.text(alphabet='ab1 .,|=>@#"\n-+*()[]{}:;', max_size=40))
def test_it_is_idempotent_on_anything_that_lexes(text: str) -> None:
    try:
        shown = format_text(text)
    except SpaceError as error:
        assert error.code == "E102" and error.span is not None
        return
    assert format_text(shown) == shown
    assert re.sub(r"[\s=:]", "", shown) == re.sub(r"[\s=:]", "", text)


def test_what_does_not_lex_is_refused() -> None:
    with pytest.raises(SpaceError, match=r"net:2:5: E102 unexpected character '\$'"):
        format_text("x = 1\ny = $", "net")
