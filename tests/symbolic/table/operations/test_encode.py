"""Features are in [0, 1], tell candidates apart, and lead back to them."""

from __future__ import annotations

import numpy as np
import pytest

from symbolic.table import decode, distance, encode, feature_names, sample, satisfies
from symbolic.table.rows import same_rows


def test_decode_inverts_encode(spaces):
    for space in spaces:
        population = sample(space.table, 60, np.random.default_rng(0))
        features = encode(space.table, population)
        assert features.shape == (60, len(feature_names(space.table))), space.text
        assert features.min(initial=0.0) >= 0 and features.max(initial=0.0) <= 1
        back = decode(space.table, features)
        assert (back.index == population.index).all(), space.text
        assert back.real == pytest.approx(population.real, rel=1e-9)


def test_decoding_noise_gives_closed_rows(spaces):
    for space in spaces:
        noise = np.random.default_rng(0).random((40, len(feature_names(space.table))))
        rows = decode(space.table, noise)
        assert space.holds(rows.take(satisfies(space.table, rows))), space.text


def test_features_of_every_kind(table_of):
    table = table_of(
        'a = "x" | "y"\nb = 2 | 4 | 8\nc = (1..5) when a is y\nd = 1e-2..1.0 log\n'
        'e = subset 1..2 of { "k", "l" }\nf = permutation 0..1 of { "r" }\n'
    )
    assert feature_names(table) == (
        *("a=x", "a=y", "b=2", "b=4", "b=8", "b rank", "c", "c active", "d"),
        *("e/k", "e/l", "f[0]=", "f[0]=r"),
    )
    rows = sample(table, 1, np.random.default_rng(0))
    rows.index[0] = [1, 1, 3, 0, 0, 1, 1]
    rows.real[0, 0] = 0.1
    assert encode(table, rows)[0] == pytest.approx([0, 1, 0, 1, 0, 0.5, 0.75, 1, 0.5, 0, 1, 0, 1])
    rows.index[0, [0, 2]] = [0, -1]
    assert encode(table, rows)[0, :8].tolist() == [1, 0, 0, 1, 0, 0.5, 0, 0]


def test_subsets_are_repaired_to_their_count_by_the_largest(table_of):
    table = table_of('x = subset 2..3 of { "a", "b", "c", "d" }\n')
    features = np.array([[0.1, 0.4, 0.2, 0.3], [0.9, 0.6, 0.7, 0.8], [0.9, 0.1, 0.7, 0.2]])
    assert decode(table, features).index.tolist() == [[0, 1, 0, 1], [1, 0, 1, 1], [1, 0, 1, 0]]


def test_distance_is_zero_for_equals_only_and_at_most_one(spaces):
    for space in spaces:
        rng = np.random.default_rng(0)
        a, b = sample(space.table, 60, rng), sample(space.table, 60, rng)
        apart = distance(space.table, a, b)
        assert apart.min(initial=0.0) >= 0 and apart.max(initial=0.0) <= 1
        assert ((apart == 0) == same_rows(a, b)).all(), space.text
        assert apart == pytest.approx(distance(space.table, b, a))
        assert (distance(space.table, a, a) == 0).all()
        assert distance(space.table, a.take(np.array([0])), b) == pytest.approx(
            [distance(space.table, a.take(np.array([0])), b.take(np.array([i])))[0] for i in range(60)]
        )


def test_distance_of_every_kind(table_of):
    table = table_of(
        'a = "x" | "y"\nb = 2 | 4 | 8\nc = (1..5) when a is y\nd = 1e-2..1.0 log\n'
        'e = subset of { "k", "l", "m" }\nf = permutation of { "r", "s", "t" }\n'
    )
    rows = sample(table, 2, np.random.default_rng(0))
    rows.index[:] = [[0, 0, -1, 0, 1, 1, 0, 1, 2, 3], [1, 1, 2, 0, 0, 1, 1, 1, 3, 2]]
    rows.real[:, 0] = [0.01, 0.1]
    parts = [1.0, 0.5, 1.0, 0.5, 2 / 3, 2 / 3]
    one = distance(table, rows.take(np.array([0])), rows.take(np.array([1])))
    assert one[0] == pytest.approx(np.mean(parts))
