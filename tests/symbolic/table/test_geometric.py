"""`low..high times f` with ends that are expressions: the candidates are those that arithmetic says."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from symbolic.candidate import Candidate
from symbolic.errors import SpaceError
from symbolic.language.load import parse
from symbolic.space import Space
from symbolic.table import mutate, sample, satisfies, unrank


def everything(space: Space) -> list[dict[str, Any]]:
    return [Candidate(space, unrank(space.lower(), k)).to_dict() for k in range(space.size().value)]


@pytest.mark.parametrize("seed", range(12))
def test_candidates_lie_between_their_own_ends(seed: int) -> None:
    rng = random.Random(seed)
    lows, highs = (sorted(rng.sample(range(1, 60), 3)) for _ in range(2))
    factor = rng.randint(2, 4)
    text = f"a = {' | '.join(map(str, lows))}\nb = {' | '.join(map(str, highs))}\nx = a..b times {factor}"
    grid = [lows[0] * factor**k for k in range(8) if lows[0] * factor**k <= highs[-1]]
    if not grid:
        with pytest.raises(SpaceError, match="E301"):
            parse(text).lower()
        return
    wanted = [{"a": a, "b": b, "x": x} for a in lows for b in highs for x in grid if a <= x <= b]
    if len(grid) == 1:
        wanted = [{"a": c["a"], "b": c["b"]} for c in wanted]
    space = parse(text)
    assert parse(space.text()) == space
    if not wanted:
        with pytest.raises(SpaceError, match="E501"):
            space.size()
        return
    assert sorted(map(str, everything(space))) == sorted(map(str, wanted))
    table = space.lower()
    drawn = sample(table, 200, np.random.default_rng(0))
    assert satisfies(table, drawn).all() and satisfies(table, mutate(table, drawn, np.random.default_rng(1))).all()


def test_ends_that_become_constants_give_an_ordinary_choice() -> None:
    space = parse("block f(n: int) = { a: 1..n times 2 default 4 }\nx = f(8)\ny = f(16)")
    assert space.size().value == 4 * 5
    assert space.default().to_dict() == {"x/a": 4, "y/a": 4}
    assert not space.lower().rules


def test_a_count_may_be_one() -> None:
    space = parse("w = 2 | 4\nm = repeat 1..w times 2 { 1 | 2 }")
    assert space.size().value == (2 + 4) + (2 + 4 + 16)


def test_edits_keep_the_ends() -> None:
    space = parse('w = 8 | 16\nx = w..64 times 2\nlimit "x" to [8, 64]')
    assert len(everything(space)) == 3
    assert parse('w = 8 | 16\nx = w..64 times 2\nfix "x" to 8').size().value == 1
