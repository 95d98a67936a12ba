"""Conditions and objectives as text beside a space from Python."""

from __future__ import annotations

import pytest

from symbolic.errors import SpaceError
from symbolic.language.fragments import constraint, goal
from symbolic.language.load import parse


def test_they_are_what_a_file_would_say() -> None:
    text = "model { body: repeat 3 { 1..4 } }\nrequire sum(model.body[*]) <= 9\nforbid params(model) > 1M\nmaximize accuracy"
    space = parse(text)
    made = (
        constraint("require", "sum(model.body[*]) <= 9", space.entries),
        constraint("forbid", "params(model) > 1M", space.entries),
    )
    assert made == space.constraints
    assert goal(True, " accuracy ", space.entries) == space.objectives[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sum(modl.rank) <= 9", "<require>:1:13: E201 unknown name 'modl'"),
        ("model.a <=", "<require>:1:19: E101 unexpected end of file"),
        ("model.a < 3\nforbid model.b > 3", "E101 .* more than one condition"),
        ("", "E101"),
    ],
)
def test_errors_point_into_the_text(text: str, message: str) -> None:
    with pytest.raises(SpaceError, match=message):
        constraint("require", text, ["model"])
