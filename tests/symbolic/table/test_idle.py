"""Warnings about what a space says for nothing, compared with all of its candidates."""

from __future__ import annotations

from typing import Any

import pytest

from symbolic.candidate import Candidate
from symbolic.language.load import parse
from symbolic.space import Space
from symbolic.table import unrank
from symbolic.table.idle import idle

SPACES = [
    "a = 1..3\nb = 1 | 2 when a > 5\nc = 1 | 2 when b == 1",
    "a = 1..3\nb = (1 | 2) if a > 0 else (3 | 4)",
    'x = "u" | "v"\ny = subset of { "p", "q" } when x is u and x is v\nz = permutation of { "p", "q" } when x is u',
    "a = 1..3\nb = 1..3\nrequire a < b\nc = 1 | 2 when a == 3\nd = 1 | 2 when a == 2",
    "x = repeat 1..3 { 1 | 2 }\nrequire x < 3",
    "a = { k: 1..4, l: 1..9 when k > 7 } as s | { m: 1 | 2 } as t\nforbid a is t",
]


def everything(space: Space) -> list[dict[str, Any]]:
    return [Candidate(space, unrank(space.lower(), k)).to_dict() for k in range(space.size().value)]


@pytest.mark.parametrize("text", SPACES)
def test_decisions_that_no_candidate_has(text: str) -> None:
    space = parse(text)
    table = space.lower()
    met = {path for candidate in everything(space) for path in candidate}
    sets = {c: s.path for s in table.sets for c in s.columns}
    never = {sets.get(c, path) for c, path in enumerate(table.path)} - met
    said = {w.message.split("'")[1] for w in idle(table) if "in no candidate" in w.message}
    assert said <= never, "what is said is true"
    assert all(any(path == s or path.startswith((f"{s}/", f"{s}[")) or _below(space, path, s) for s in said) for path in never)
    assert all(w.span is not None and w.code == "E502" for w in idle(table))


def _below(space: Space, path: str, said: str) -> bool:
    """Whether a decision hangs on one that was named."""
    table = space.lower()
    column = int(table.parent[table.where[path]])
    return column >= 0 and (table.path[column] == said or _below(space, table.path[column], said))


@pytest.mark.parametrize(
    "rule", ["forbid a > 3", "require a + b <= 6", "forbid b == 9", "require b < 3", "forbid a == b", "require a < 4 or b == 1"]
)
def test_constraints_that_exclude_nothing(rule: str) -> None:
    free = "a = 1..3\nb = 1..3 when a == 2\n"
    excludes = parse(free).size().value - parse(free + rule).size().value
    assert [w.message for w in idle(parse(free + rule).lower())] == (
        [] if excludes else [f"this {rule.split()[0]} excludes no candidate"]
    )


def test_what_floats_decide_is_passed_over() -> None:
    assert idle(parse("f = 0.0..1.0\ng = 1 | 2 when f > 2.0\nforbid f > 3.0").lower()) == ()
