"""The plain resolver answers with a candidate's values; decisions are described from the table."""

from __future__ import annotations

import pytest

from symbolic import parse
from symbolic.building.values import Inactive, Values, decision_at
from symbolic.resolver import Decision

TEXT = """space t
a = 1 | 2.5 | true
b = 4..12 step 4 when a is 1
c = 0.1..0.7 step 0.1
d = 1e-4..1e-1 log
s = subset 1..2 of { "x", "y", "z" }
p = permutation 2 of { "x", "y", "z" }
r = repeat 1..3 { 1 | 2 }
"""


def test_every_decision_is_answered_with_the_value_the_candidate_prints() -> None:
    space = parse(TEXT)
    table = space.lower()
    for candidate in space.sample(50):
        values = Values(table, candidate.point)
        for path, value in candidate.to_dict().items():
            decision = decision_at(table, path, count=path == "r")
            options = (
                [*decision.labels] if decision.kind in ("subset", "permutation") else [1, 2.5, True] if path == "a" else []
            )
            if path.startswith("r["):
                options = [1, 2]
            found = values.answer(decision, options)
            assert type(found) in (type(value), tuple) and (list(found) if isinstance(found, tuple) else found) == value
        if "b" not in candidate.to_dict():
            with pytest.raises(Inactive):
                values.answer(decision_at(table, "b"), ())


def test_a_repeat_gives_as_many_units_as_the_candidate_has() -> None:
    space = parse(TEXT)
    for candidate in space.sample(20):
        values = Values(space.lower(), candidate.point)
        units = values.repeat(decision_at(space.lower(), "r", count=True), lambda i: i)
        assert units == list(range(candidate.to_dict()["r"]))


def test_decisions_are_described_from_the_table() -> None:
    table = parse(TEXT).lower()
    described = {path: decision_at(table, path, count=path == "r") for path in ("a", "b", "c", "d", "s", "p", "r")}
    assert described == {
        "a": Decision("a", "one", ("1", "2.5", "true")),
        "b": Decision("b", "integer", (), 4, 12, 4),
        "c": Decision("c", "float", (), 0.1, 0.7, 0.1),
        "d": Decision("d", "float", (), 1e-4, 1e-1, None, True),
        "s": Decision("s", "subset", ("x", "y", "z"), pick=(1, 2)),
        "p": Decision("p", "permutation", ("x", "y", "z"), pick=(2, 2)),
        "r": Decision("r", "count", (), 1, 3, 1),
    }
    assert decision_at(table, "p[1]").path == "p"
    assert str(described["a"]) == "`a` (<text>:2:5)"
