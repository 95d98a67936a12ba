"""Closing makes activity, bounds and constraints of rows consistent."""

from __future__ import annotations

import copy
import pickle

import numpy as np

from symbolic.points import Population
from symbolic.table import close, hash_rows, sample, satisfies
from symbolic.table.close import Defaults, settle
from symbolic.table.rows import same_rows


def test_candidates_are_closed(spaces):
    for space in spaces:
        population = sample(space.table, 30, np.random.default_rng(0))
        closed = close(space.table, population, np.random.default_rng(1))
        assert same_rows(closed, population).all(), space.text


def test_any_codes_become_closed_rows(spaces):
    for space in spaces:
        table, rng = space.table, np.random.default_rng(0)
        codes = rng.integers(-1, np.maximum(table.card, 1), (60, len(table))).astype(np.int32)
        for members in table.sets:  # a set is given as a whole
            codes[:, list(members.columns)] = -1
        low, high = table.low[table.kind == 4], table.high[table.kind == 4]
        closed = close(table, Population(codes, rng.uniform(low, high, (60, table.n_floats))), rng)
        again = close(table, closed, np.random.default_rng(1))
        valid = satisfies(table, closed)
        assert same_rows(again.take(valid), closed.take(valid)).all(), space.text
        assert space.holds(closed.take(valid)), space.text


def test_new_parts_are_drawn_dead_parts_go_and_codes_are_clipped(table_of):
    table = table_of("a = 1..9\nb = 1..a\nc = (0.5..1.0) when a > 5\n")
    before = Population(np.array([[2, 8, 0], [8, 8, -1]], np.int32), np.array([[0.7], [0.0]]))
    after = close(table, before, np.random.default_rng(0))
    assert after.index.tolist() == [[2, 2, -1], [8, 8, 0]]
    assert after.real[0, 0] == 0.0 and 0.5 <= after.real[1, 0] <= 1.0
    assert before.index[0, 1] == 8


def test_defaults_fill_new_parts(table_of):
    table = table_of('a = "p" | "q"\nb = (1..9 default 7) when a is q\nc = (0.0..1.0 default 0.25) when a is q\n')
    empty = Population(np.array([[1, -1, -1]], np.int32), np.zeros((1, 1)))
    filled = settle(table, empty, Defaults(table), table.plan.steps)
    assert filled.index.tolist() == [[1, 6, 0]] and filled.real.tolist() == [[0.25]]


def test_what_is_unknown_satisfies(table_of):
    table = table_of('a = "p" | "q"\nb = (1..3) when a is q\nrequire b >= 3\n')
    rows = Population(np.array([[0, -1], [1, 1], [1, 2]], np.int32), np.zeros((3, 0)))
    assert satisfies(table, rows).tolist() == [True, False, True]


def test_a_bound_without_a_value_is_no_candidate(table_of):
    table = table_of("a = 1..3\nb = 1..(a - 1)\n")
    rows = close(table, Population(np.array([[0, -1], [1, -1], [2, 1]], np.int32), np.zeros((3, 0))), np.random.default_rng(0))
    assert (rows.index >= 0).all()
    assert satisfies(table, rows).tolist() == [False, True, True]


def test_a_bound_that_reads_an_inactive_decision_is_the_hull(table_of):
    table = table_of('a = "p" | "q"\nb = (1..3) when a is q\nc = 1..(b + 1)\n')
    drawn = sample(table, 3000, np.random.default_rng(0)).index
    assert set(drawn[drawn[:, 0] == 0, 2].tolist()) == {0, 1, 2, 3}
    assert drawn[drawn[:, 1] == 0, 2].max() == 1


def test_equal_rows_have_equal_hashes_and_unlike_ones_do_not(spaces):
    for space in spaces[:40]:
        population = Population(space.codes, np.zeros((len(space.codes), space.table.n_floats)))
        hashes = hash_rows(population)
        assert len(set(hashes.tolist())) == len(space.codes)
        assert (hash_rows(population.take(np.arange(len(population))[::-1])) == hashes[::-1]).all()


def test_hashes_spread_over_floats_with_few_bits():
    values = np.array(np.meshgrid(*[2.0 ** np.arange(-8, 8)] * 4)).reshape(4, -1).T.copy()
    population = Population(np.zeros((len(values), 0), np.int32), values)
    assert len(set(hash_rows(population).tolist())) == len(values)
    assert hash_rows(population)[0] != hash_rows(Population(population.index, values[:, ::-1].copy()))[1]


def test_hashes_are_the_same_everywhere():
    population = Population(np.array([[0, -1, 3]], np.int32), np.array([[0.5]]))
    assert hash_rows(population).tolist() == [9530739932659150575]


def test_a_table_is_copied_and_pickled_with_all_that_hangs_on_it(spaces):
    for space in spaces[:10]:
        table = space.table
        assert table.plan is table.plan and table.diagram is table.diagram and table.tracks is table.tracks
        for other in (pickle.loads(pickle.dumps(table)), copy.deepcopy(table)):
            assert other.path == table.path
            drawn = [sample(t, 20, np.random.default_rng(0)) for t in (table, other)]
            assert same_rows(*drawn).all()
