"""Generators of a search: the golden values of the specification, and the draws of Philox with a plain key."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolic.search.randomness import SeedError, checked_seed, rng, trial_seed


def test_golden_values():
    assert rng(7, 3).random(3).tolist() == [0.04514163105417335, 0.02016779317251627, 0.27037506663605293]
    assert trial_seed(7, 3) == 1539006442270831114


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**59 - 1), st.integers(0, 15))
def test_a_generator_is_philox_with_the_key(seed, number, stream):
    plain = np.random.Generator(np.random.Philox(key=np.array([seed, number * 16 + stream], np.uint64)))
    mine = rng(seed, number, stream)
    assert mine.random(9).tolist() == plain.random(9).tolist()
    assert mine.integers(5, size=3).tolist() == plain.integers(5, size=3).tolist() and mine.normal() == plain.normal()
    assert mine.bit_generator.state["state"]["key"].tolist() == [seed, number * 16 + stream]


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, True, "1", None])
def test_what_is_no_seed(seed):
    with pytest.raises(SeedError, match="a seed is a whole number"):
        checked_seed(seed)


def test_imported_trials_have_draws_of_their_own():
    places = [(n, s) for n in (-3, -1, 0, 1, 2**59 - 1, -(2**59)) for s in (0, 5)]
    draws = {tuple(rng(7, n, s).integers(2**60, size=2).tolist()) for n, s in places}
    assert len(draws) == len(places)
