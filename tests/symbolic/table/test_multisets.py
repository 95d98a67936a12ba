"""Multisets: options with repetition, order ignored; counted, drawn, moved, read and built like other sets."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pytest

from symbolic.candidate import Candidate
from symbolic.errors import SpaceError
from symbolic.language.load import parse
from symbolic.points import Population
from symbolic.table import (
    crossover,
    decode,
    distance,
    encode,
    mutate,
    mutate_one,
    neighbours,
    rank,
    sample,
    satisfies,
    unrank,
)

THREE_OF_FIVE = 'x = 3 of { "a", "b", "c", "d", "e" }'


def test_three_of_five_has_35_members() -> None:
    space = parse(THREE_OF_FIVE)
    made = [Candidate(space, unrank(space.lower(), k)) for k in range(35)]
    wanted = [list(c) for c in itertools.combinations_with_replacement("abcde", 3)]
    assert space.size().value == 35 and sorted(c.to_dict()["x"] for c in made) == wanted
    assert [rank(space.lower(), c.point) for c in made] == list(range(35))
    assert all(space.candidate({"x": c.to_dict()["x"][::-1]}) == c for c in made), "any order is read"


@pytest.mark.parametrize(("count", "options"), [("0..2", 3), ("1", 4), ("2..5", 2), ("4", 1), ("0..1", 3)])
def test_sizes(count: str, options: int) -> None:
    low, _, high = count.partition("..")
    space = parse(f"x = {count} of {{ {', '.join(map(str, range(options)))} }}\ny = 1 | 2")
    wanted = sum(math.comb(options + k - 1, k) for k in range(int(low), int(high or low) + 1))
    assert space.size().value == 2 * wanted


@pytest.mark.parametrize("how", ["prior", "uniform"])
def test_every_multiset_is_drawn_alike(how: str) -> None:
    table = parse("x = 1..3 of { 1, 2, 3 }").lower()
    drawn = Counter(map(tuple, sample(table, 38_000, np.random.default_rng(0), how=how).index.tolist()))
    assert len(drawn) == 3 + 6 + 10
    assert sum((n - 2000) ** 2 / 2000 for n in drawn.values()) < 45, "chi squared, 18 degrees of freedom"


def test_options_have_decisions_of_their_own() -> None:
    space = parse('x = 2 of { { k: 3 | 5 } as deep, "flat", (1..4) as n }')
    pairs = itertools.combinations_with_replacement((2, 1, 4), 2)
    assert space.size().value == sum(math.prod(set(p)) if p[0] == p[1] else p[0] * p[1] for p in pairs)
    assert space.lower().path == ("x/deep", "x/flat", "x/n", "x/deep/k", "x/n/range")


def test_moves_stay_valid_and_change_something() -> None:
    table = parse("x = 2..4 of { 1, 2, 3 }\nrequire count(x) <= 3").lower()
    rng = np.random.default_rng(0)
    rows = sample(table, 500, rng)
    moved = mutate(table, rows, rng)
    assert satisfies(table, moved).all() and (moved.index != rows.index).any(1).all()
    gap = np.abs(moved.index - rows.index).sum(1)
    assert set(gap.tolist()) == {1, 2}, "one more, one less, or one for another"
    one = [mutate_one(table, rows[i], rng) for i in range(100)]
    assert satisfies(table, Population.of(one)).all() and all(p.key != rows[i].key for i, p in enumerate(one))
    assert satisfies(table, crossover(table, rows, moved, rng)).all()


def test_neighbours_are_all_sets_one_move_away() -> None:
    space = parse("x = 2..3 of { 1, 2, 3 }")
    found = neighbours(space.lower(), space.candidate({"x": ["1", "1"]}).point)
    near = {tuple(Candidate(space, found[i]).to_dict()["x"]) for i in range(len(found))}
    assert near == {("1", "1", "1"), ("1", "1", "2"), ("1", "1", "3"), ("1", "2"), ("1", "3")}


def test_features_come_back() -> None:
    table = parse('x = 2..4 of { 1, 2, 3 }\ny = (0..5 of { "a", "b" }) as n | 3').lower()
    rows = sample(table, 200, np.random.default_rng(1))
    assert (decode(table, encode(table, rows)).index == rows.index).all()
    noise = np.random.default_rng(2).random((200, encode(table, rows).shape[1]))
    assert satisfies(table, decode(table, noise)).all()
    assert (distance(table, rows, rows) == 0).all()
    apart = distance(table, rows, rows.take(np.arange(200)[::-1]))
    assert ((apart >= 0) & (apart <= 1)).all()


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ('require "a" in x', 15),
        ("forbid x.count == 1", 35),
        ("require len(x) == 3", 35),
        ('y = 1 | 2 when "a" in x', 20 + 2 * 15),
        ("require sum(x[*]) <= 2", 35 - math.comb(5, 3)),
    ],
)
def test_conditions(text: str, size: int) -> None:
    if "count ==" in text:
        with pytest.raises(SpaceError, match="nothing is called 'count' here"):
            parse(f"{THREE_OF_FIVE}\n{text}").lower()
        return
    assert parse(f"{THREE_OF_FIVE}\n{text}").size().value == size


def test_values_are_built_as_often_as_picked() -> None:
    space = parse("x = 3 of { 10, 20 }")
    built = space.candidate({"x": ["20", "10", "20"]}).build()
    assert list(built["x"] if isinstance(built, dict) else built) == [10, 20, 20]


def test_freezing_and_limits() -> None:
    space = parse(THREE_OF_FIVE + "\ny = 1 | 2")
    frozen = space.freeze({"x": ["b", "b", "a"]})
    assert frozen.size().value == 2 and parse(frozen.text()) == frozen
    assert parse(space.text() + 'limit "x" to ["a", "b"]').size().value == 2 * 4
    for wrong in (["a"], ["a", "b", "z"], ["a"] * 4):
        with pytest.raises(SpaceError, match="cannot be"):
            space.freeze({"x": wrong})
        with pytest.raises(SpaceError, match="E601"):
            space.candidate({"x": wrong, "y": 1})
    assert space.default().to_dict() == {"x": ["a", "a", "a"], "y": 1}
