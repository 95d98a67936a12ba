"""What may stand as a condition: truths; numbers and options are refused with their place."""

from __future__ import annotations

import pytest

from symbolic.errors import SpaceError
from symbolic.language.load import parse

REFUSED = {
    "x = 1 | 2\nrequire x": "2:9: E305 'x' is a number, neither true nor false",
    "x = 1 | 2\nforbid x - 1": "2:8: E305 this is a number",
    "x = 1 | 2\nrequire not x": "2:9: E305 'x' is a number",
    "x = 1..3\nrequire x and x > 1": "2:9: E305 'x' is a number",
    "x = 1 | 2\ny = 1..3 when x": "2:15: E305 'x' is a number",
    "x = 1 | 2\ny = 3 if x else 4": "2:10: E305 'x' is a number",
    "x = 1 | 2\ny = 1..(3 if x else 4)": "2:14: E305 'x' is a number",
    "x { a: 1, b: 1 | 2 }\nrequire x.a": "2:9: E305 '1' is neither true nor false",
    "x = 1 | 2\nrequire sum([x, x])": "2:9: E305 this is a number",
    "x = subset of {1, 2}\nrequire x": "2:9: E305 this is a number",
    "x = relu | gelu\nrequire x": "2:9: E305 'x' is neither true nor false",
    "x = 1 | none\nrequire x": "2:9: E305 'x' is neither true nor false",
}
TAKEN = {
    "x = true | false\nrequire x": 1,
    "x = true | false\ny = true | false when x\nrequire not y": 2,
    "x = true | false\ny = 1..3 when x": 4,
    "x = true | false\nrequire any([x, x])": 1,
    "x = 1 | 2\ny = (true if x > 1 else false)\nz = 1 | 2 when y": 3,
    "block f(b: bool) { let k = 1 | 2; require b or k > 1; linear(k) }\nx = f(true | false)": 3,
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_truth_is_refused_at_its_place(text: str) -> None:
    with pytest.raises(SpaceError) as e:
        parse(text).lower()
    assert f"<text>:{REFUSED[text]}" in str(e.value)


@pytest.mark.parametrize("text", TAKEN)
def test_truths_are_taken(text: str) -> None:
    assert parse(text).size().value == TAKEN[text]
