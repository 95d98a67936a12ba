"""The option axis: where a mixture's weights belong, and how candidates come of them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from symbolic.errors import SpaceError
from symbolic.table import Options, sample, satisfies

TEXT = (
    'a = "x" | "y"\nb = 1..4\nc = subset 1..2 of { "k", "l", "m" }\nd = 0.0..1.0 default 0.25\n'
    'e = permutation 1 of { "r", "s" }\nf = (true | false) when a is y\n'
)


def test_the_axis_holds_every_code_of_discrete_columns_in_order(table_of):
    options = Options(table_of(TEXT))
    assert options.card.tolist() == [2, 4, 2, 2, 2, 0, 0, 2]
    assert options.start.tolist() == [0, 2, 6, 8, 10, 12, 12, 12]
    assert options.owner.tolist() == [0] * 2 + [1] * 4 + [2] * 2 + [3] * 2 + [4] * 2 + [7] * 2
    assert options.count == 14


def test_a_table_makes_its_axis_once(table_of):
    table = table_of(TEXT)
    assert table.options is table.options


def test_softmax_sums_to_one_in_each_column(table_of):
    options = Options(table_of(TEXT))
    logits = np.random.default_rng(0).normal(0, 50, (3, options.count))
    p = options.softmax(logits)
    for column in np.flatnonzero(options.card):
        part = slice(options.start[column], options.start[column] + options.card[column])
        expected = np.exp(logits[:, part] - logits[:, part].max(1, keepdims=True))
        assert p[:, part] == pytest.approx(expected / expected.sum(1, keepdims=True))
    assert options.softmax(logits[0]) == pytest.approx(p[0])


def test_the_gradient_of_softmax_is_that_of_finite_differences(table_of):
    options = Options(table_of(TEXT))
    rng = np.random.default_rng(0)
    logits, slope = rng.normal(size=options.count), rng.normal(size=options.count)
    found = options.softmax_vjp(options.softmax(logits), slope)
    step = 1e-6 * np.eye(options.count)
    expected = [(options.softmax(logits + s) @ slope - options.softmax(logits - s) @ slope) / 2e-6 for s in step]
    assert found == pytest.approx(np.array(expected), abs=1e-8)


def test_one_hot_marks_the_choice_of_active_columns(table_of):
    table = table_of(TEXT)
    options = Options(table)
    point = sample(table, 1, np.random.default_rng(0))[0]
    weights = options.one_hot(point)
    for column in np.flatnonzero(options.card):
        part = weights[options.start[column] : options.start[column] + options.card[column]]
        code = point.index[column]
        assert part.tolist() == [float(k == code) for k in range(len(part))]


def test_argmax_of_a_vertex_is_its_point(spaces):
    for space in spaces:
        table = space.table
        if any(s.ordered for s in table.sets) or table.n_floats:
            continue
        options = Options(table)
        population = sample(table, 10, np.random.default_rng(0))
        for i in range(10):
            found = options.argmax(options.one_hot(population[i]))
            assert found.key == population[i].key, space.text


def test_argmax_is_the_best_of_all_candidates_where_it_is_valid(spaces):
    for space in spaces[:60]:
        table = space.table
        if table.rules or table.plan.dependent or (table.guard != -1).any() or table.sets or table.n_floats:
            continue
        options = Options(table)
        p = options.softmax(np.random.default_rng(0).normal(size=options.count))
        product = [np.prod(p[options.start + row]) for row in space.codes]
        assert options.argmax(p).index.tolist() == space.codes[int(np.argmax(product))].tolist()


def test_argmax_obeys_constraints(spaces):
    for space in spaces:
        options = Options(space.table)
        for seed in range(3):
            p = options.softmax(np.random.default_rng(seed).normal(size=options.count))
            point = options.argmax(p, np.random.default_rng(seed))
            assert np.ascontiguousarray(point.index).tobytes() in space.keys, space.text


def test_argmax_under_a_constraint_is_the_likeliest_valid_one(table_of):
    table = table_of("a = 1..3\nb = 1..3\nrequire a != b\n")
    options = Options(table)
    p = np.array([0.1, 0.2, 0.7, 0.05, 0.35, 0.6])
    assert options.argmax(p).index.tolist() == [2, 1]
    assert options.argmax(p, np.random.default_rng(3)).index.tolist() == [2, 1]


def test_argmax_without_a_valid_draw_is_refused(table_of):
    table = table_of("a = 1..3\nb = 1..3\nrequire a != b\n")
    with pytest.raises(SpaceError, match=r"E501 none of 1000 candidates drawn from the weights is valid\n.*require a != b"):
        Options(table).argmax(np.array([1.0, 0, 0, 1.0, 0, 0]))


def test_subsets_are_members_above_a_half_repaired_to_their_bounds(table_of):
    table = table_of('c = subset 1..2 of { "k", "l", "m" }\n')
    options = Options(table)
    inside = {(0.2, 0.3, 0.1): [0, 1, 0], (0.9, 0.8, 0.7): [1, 1, 0], (0.1, 0.6, 0.2): [0, 1, 0]}
    for weights, codes in inside.items():
        p = np.array(list(itertools.chain.from_iterable((1 - w, w) for w in weights)))
        assert options.argmax(p).index.tolist() == codes


def test_floats_and_permutations_take_their_defaults(table_of):
    table = table_of(TEXT)
    options = Options(table)
    point = options.argmax(options.uniform())
    assert point.real.tolist() == [0.25]
    assert point.index[6] == table.default[6] == 1


def test_draws_follow_the_weights(table_of, chance):
    table = table_of('a = "x" | "y" | "z"\nb = (1..4) when a is z\n')
    options = Options(table)
    p = np.array([0.5, 0.2, 0.3, 0.1, 0.2, 0.3, 0.4])
    drawn = options.draw(p, 20_000, np.random.default_rng(0))
    assert chance(np.bincount(drawn.index[:, 0]), p[:3]) < 5
    active = drawn.index[drawn.index[:, 1] >= 0, 1]
    assert chance(np.bincount(active), p[3:]) < 5
    assert ((drawn.index[:, 1] >= 0) == (drawn.index[:, 0] == 2)).all()
    assert satisfies(table, drawn).all()


def test_zero_weights_are_never_drawn(table_of):
    table = table_of("a = 1..4\n")
    drawn = Options(table).draw(np.array([0.0, 0.5, 0.0, 0.5]), 5000, np.random.default_rng(0))
    assert set(drawn.index[:, 0].tolist()) == {1, 3}


def test_too_many_options_are_refused(table_of):
    with pytest.raises(SpaceError, match=r"E405 mixtures over 20000002 options are too long\n  'b' has 20000000"):
        Options(table_of("a = 1 | 2\nb = 1..20000000\n"))
