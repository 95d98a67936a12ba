"""Children are valid and take one subtree of the other parent."""

from __future__ import annotations

import numpy as np
import pytest

from symbolic.table import crossover, sample, satisfies
from symbolic.table.rows import same_rows


@pytest.mark.parametrize("across", [False, True])
def test_children_are_candidates(spaces, across):
    for space in spaces:
        rng = np.random.default_rng(0)
        a, b = sample(space.table, 40, rng), sample(space.table, 40, rng)
        child = crossover(space.table, a, b, rng, across)
        assert space.holds(child), space.text
        assert satisfies(space.table, child).all(), space.text


def test_a_child_of_a_flat_space_has_one_decision_of_the_other(table_of):
    table = table_of('a = 1..9\nb = subset 1..3 of { "k", "l", "m", "n" }\nc = 0.0..1.0\nd = "x" | "y"\n')
    rng = np.random.default_rng(0)
    a, b = sample(table, 2000, rng), sample(table, 2000, rng)
    child = crossover(table, a, b, rng)
    parts = [(slice(0, 1), None), (slice(1, 5), None), (None, slice(0, 1)), (slice(6, 7), None)]
    taken = np.zeros(2000, int)
    for index, real in parts:
        mine, other, now = ((p.index[:, index] if index is not None else p.real[:, real]) for p in (a, b, child))
        assert ((now == mine).all(1) | (now == other).all(1)).all()
        taken += (now != mine).any(1)
    assert taken.max() == 1 and 0.5 < (taken == 1).mean() < 1


def test_a_subtree_comes_whole(table_of):
    table = table_of("x = relu(a: 1..50, b: 0.0..1.0) | tanh(c: 1..50)\n")
    rng = np.random.default_rng(0)
    a, b = sample(table, 500, rng), sample(table, 500, rng)
    child = crossover(table, a, b, rng)
    switched = (child.index[:, 0] != a.index[:, 0]) & (child.index[:, 0] == b.index[:, 0])
    assert switched.any() and same_rows(child.take(switched), b.take(switched)).all()


def test_across_exchanges_like_subtrees_of_other_places(table_of):
    table = table_of("a { k: 1..1000000 }\nb { k: 1..1000000 }\n")
    assert table.symbol[0] == table.symbol[1]
    rng = np.random.default_rng(0)
    a, b = sample(table, 500, rng), sample(table, 500, rng)
    plain, across = crossover(table, a, b, rng), crossover(table, a, b, rng, across=True)
    assert not ((plain.index[:, 0] == b.index[:, 1]) & (plain.index[:, 0] != a.index[:, 0])).any()
    moved = (across.index[:, 0] == b.index[:, 1]) & (across.index[:, 0] != a.index[:, 0])
    assert 0.15 < moved.mean() < 0.35


def test_a_child_that_cannot_be_valid_is_its_first_parent(table_of):
    table = table_of("a = 1..40\nb = 1..40\nrequire a == b\n")
    rng = np.random.default_rng(0)
    a, b = sample(table, 50, rng), sample(table, 50, rng)
    assert same_rows(crossover(table, a, b, rng), a).all()


def test_a_space_without_decisions(table_of):
    table = table_of("a = 3\n")
    a = sample(table, 2, np.random.default_rng(0))
    assert len(crossover(table, a, a, np.random.default_rng(0))) == 2
