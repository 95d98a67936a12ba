"""Frozen decisions of an annotated class: whatever is fixed, the candidate is the one that it would be unfrozen."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

import symbolic as sym
from symbolic.fixed import Fixed
from symbolic.resolver import Decision
from symbolic.space import Space

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def net() -> Space:
    return sym.load(f"{EXAMPLES / 'digits.py'}:Net")


def shapes(network: Any) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


@pytest.mark.parametrize("seed", range(12))
def test_a_candidate_of_the_frozen_space_builds_what_the_whole_one_does(net: Space, seed: int) -> None:
    candidate = net.sample(1, seed)[0]
    values = candidate.to_dict()
    chosen = {path: value for path, value in values.items() if random.Random(seed).random() < 0.6 or path == "model/activation"}
    frozen = net.freeze(chosen)
    rest = {path: value for path, value in values.items() if path not in chosen}
    built, whole = frozen.candidate(rest).build(), candidate.build()
    assert shapes(built) == shapes(whole)
    assert [type(m) for m in built.modules()] == [type(m) for m in whole.modules()]


class Refuses:
    """Answers nothing."""

    mixes = True

    def answer(self, decision: Decision, options: Any) -> Any:
        raise LookupError(decision.path)

    def repeat(self, decision: Decision, body: Any) -> Any:
        raise LookupError(decision.path)

    def counted(self, count: int, body: Any) -> Any:
        return [body(i) for i in range(count)]


def test_every_kind_is_answered_and_the_rest_is_passed_on() -> None:
    fixed = Fixed(Refuses(), {"one": ("b",), "value": (5,), "n": (3,), "x": (1,), "set": ("c", "a"), "count": (2,)})
    assert fixed.answer(Decision("one", "one", ("a", "b")), (min, max)) is max
    assert fixed.answer(Decision("value", "one", ("3", "5")), (3, 5)) == 5
    assert fixed.answer(Decision("n", "integer", low=1, high=4), ()) == 3
    answer = fixed.answer(Decision("x", "float", low=0, high=2), ())
    assert answer == 1.0 and isinstance(answer, float)
    assert fixed.answer(Decision("set", "subset", ("a", "b", "c")), (1, 2, 3)) == (3, 1)
    assert fixed.repeat(Decision("count", "count", low=0, high=3), str) == ["0", "1"]
    assert fixed.counted(1, str) == ["0"] and fixed.mixes
    with pytest.raises(LookupError):
        fixed.answer(Decision("other", "integer"), ())
    with pytest.raises(LookupError):
        fixed.repeat(Decision("other", "count"), str)
    with pytest.raises(sym.SpaceError, match="E406"):
        fixed.answer(Decision("one", "one", ("c", "d")), (min, max))
