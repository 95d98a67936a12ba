"""Neighbours are all the valid candidates one step away."""

from __future__ import annotations

import numpy as np
import pytest

from symbolic.errors import SpaceError
from symbolic.table import mutate, neighbours, sample, satisfies, unrank
from symbolic.table.table import FLOAT


def points(population):
    return {population[i].key for i in range(len(population))}


def test_neighbours_are_unlike_candidates(spaces):
    for space in spaces:
        point = unrank(space.table, len(space.codes) // 2)
        near = neighbours(space.table, point)
        assert space.holds(near) and satisfies(space.table, near).all(), space.text
        assert len(points(near)) == len(near) and point.key not in points(near), space.text


def test_neighbours_are_what_mutation_reaches_up_to_fresh_parts(spaces):
    """Of spaces without conditions, own bounds and floats, both are the same set."""
    compared = 0
    for space in spaces:
        table = space.table
        if (table.guard != -1).any() or (table.kind == FLOAT).any() or table.plan.dependent or len(space.codes) > 60:
            continue
        point = unrank(table, 0)
        near = points(neighbours(table, point))
        if not near:
            continue  # mutation then draws afresh
        compared += 1
        repeated = sample(table, 1, np.random.default_rng(0)).take(np.zeros(4000, np.int64))
        repeated.index[:] = point.index
        assert points(mutate(table, repeated, np.random.default_rng(0))) == near, space.text
    assert compared >= 3


def test_new_parts_take_their_defaults_and_floats_stay(table_of):
    table = table_of("x = relu | tanh(a: 1..5 default 4, b: 0.0..1.0 default 0.25)\ny = 0.0..1.0\n")
    point = sample(table, 50, np.random.default_rng(0))
    relu = point[int(np.flatnonzero(point.index[:, 0] == 0)[0])]
    (near,) = [neighbours(table, relu)[0]]
    assert near.index.tolist() == [1, 3, 0, 0] and near.real.tolist() == [0.25, relu.real[1]]


def test_moves_of_sets(table_of):
    table = table_of('x = subset 1..2 of { "a", "b", "c" }\n')
    near = neighbours(table, unrank(table, 0))  # {c}
    assert sorted(near.index.tolist()) == [[0, 1, 0], [0, 1, 1], [1, 0, 0], [1, 0, 1]]
    table = table_of('x = permutation 1..2 of { "a", "b", "c" }\n')
    near = neighbours(table, unrank(table, 1))  # (a, b)
    assert sorted(near.index.tolist()) == [[1, 0], [1, 3], [2, 1], [3, 2]]


def test_too_many_are_refused(table_of):
    table = table_of("x = 1..100000000\n")
    with pytest.raises(SpaceError, match="E405 a candidate here has too many neighbours to list"):
        neighbours(table, unrank(table, 0))
