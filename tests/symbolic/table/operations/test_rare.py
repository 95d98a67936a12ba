"""Spaces whose valid candidates are too rare to be met by chance, and counts beyond floats."""

from __future__ import annotations

import math

import numpy as np
import pytest

from symbolic.errors import SpaceError
from symbolic.language.load import parse
from symbolic.table.constrain import satisfies
from symbolic.table.sample import sample

FIVE = "\n".join(f"a{i} = 1..1000" for i in range(5))
FLOATS = "\n".join(f"a{i} = 0.0..1.0" for i in range(5))


@pytest.mark.parametrize(
    "text",
    [f"{FIVE}\nrequire a0 * a1 * a2 * a3 * a4 <= 20000", f"{FLOATS}\nrequire a0 + a1 + a2 + a3 + a4 > 4.99"],
)
def test_rare_candidates_are_found_from_the_ends_of_the_ranges(text: str) -> None:
    table = parse(text).lower()
    rows = sample(table, 50, np.random.default_rng(0))
    assert satisfies(table, rows).all()
    assert len({row.tobytes() for row in (rows.real if table.n_floats else rows.index)}) > 40
    again = sample(table, 50, np.random.default_rng(0))
    assert (again.index == rows.index).all()
    assert (again.real == rows.real).all()


def test_a_walk_draws_from_the_prior_given_validity() -> None:
    """Among products of at most 3 of ten numbers 1..100, each of the 65 tuples is as likely as any other."""
    names = [f"a{i}" for i in range(10)]
    text = "\n".join(f"{n} = 1..100" for n in names) + f"\nrequire {' * '.join(names)} <= 3"
    table = parse(text).lower()
    rows = sample(table, 2000, np.random.default_rng(1)).index
    assert len({row.tobytes() for row in rows}) == 21
    ones = (rows == 0).all(1).mean()
    assert abs(ones - 1 / 21) < 0.02


def test_what_draws_missed_is_not_said_to_be_impossible() -> None:
    space = parse(f"{FLOATS}\nrequire a0 > 0.2 and a0 < 0.2000000001")
    with pytest.raises(SpaceError, match=r"E501 none of [\d]+ draws satisfies this constraint"):
        space.sample(1, seed=0)


def test_permutations_beyond_floats_are_counted_and_drawn() -> None:
    space = parse("x = permutation of {" + ", ".join(map(str, range(200))) + "}")
    assert space.size().value == math.factorial(200)
    (one,) = space.sample(1, seed=0, how="uniform")
    assert sorted(map(int, one.to_dict()["x"])) == list(range(200))
    assert space.lower().diagram.size == math.factorial(200)


def test_many_unlike_decisions_fall_back_to_an_upper_bound() -> None:
    pairs = "\n".join(f"require x{i} != x{j}" for i in range(12) for j in range(i))
    space = parse("\n".join(f"x{i} = 1..12" for i in range(12)) + "\n" + pairs)
    size = space.size()
    assert (size.value, size.exact) == (12**12, False)
    (one,) = space.sample(1, seed=0)
    assert len(set(one.to_dict().values())) == 12
