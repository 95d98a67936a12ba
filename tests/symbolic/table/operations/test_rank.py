"""Candidates are numbered 0..size-1, in lexicographic order of their codes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from symbolic.errors import SpaceError
from symbolic.points import Point
from symbolic.table import rank, size, unrank
from symbolic.table.rank import permutation_rank, permutation_unrank, rank_rows, unrank_rows
from symbolic.table.table import SetOf


def test_unrank_and_rank_are_a_bijection_with_the_candidates(spaces):
    for space in spaces:
        numbers = np.arange(len(space.codes))
        population = unrank_rows(space.table.diagram, numbers)
        assert len(space.keys) == len(numbers) and space.holds(population), space.text
        assert (rank_rows(space.table.diagram, population) == numbers).all(), space.text


def test_order_is_lexicographic_in_evaluation_order(spaces):
    for space in spaces:
        if any(s.ordered for s in space.table.sets):
            continue  # a permutation's prefixes come first, which codes with a tail of 0 give as well, but for inactive ones
        population = unrank_rows(space.table.diagram, np.arange(len(space.codes)))
        rows = population.index[:, space.table.order].tolist()
        assert rows == sorted(rows), space.text


def test_single_points_agree_with_many(spaces):
    for space in spaces[:30]:
        number = len(space.codes) // 2
        point = unrank(space.table, number)
        assert rank(space.table, point) == number
        assert point.key == unrank_rows(space.table.diagram, np.array([number]))[0].key


@pytest.mark.parametrize("text", ["\n".join(f"x{i} = 1..1000" for i in range(40)), "x = repeat 0..90 { 1 | 2 | 3 }\n"])
def test_numbers_beyond_64_bits(table_of, text):
    table = table_of(text)
    count = size(table).value
    assert count > 2**64
    for number in (0, 1, 2**63, 2**64 + 5, count // 3, count - 1):
        assert rank(table, unrank(table, number)) == number


def test_large_layers_whose_sums_pass_64_bits(table_of):
    text = "\n".join(f"w{i} = 1..100" for i in range(10)) + "\n" + "\n".join(f"require w{i} != w{i + 1}" for i in range(9))
    table = table_of(text)
    assert size(table).value == 100 * 99**9 > 2**62
    for number in (0, 99**9, 100 * 99**9 - 1, 1234567890123456789):
        assert rank(table, unrank(table, number)) == number


def test_floats_take_their_default(table_of):
    table = table_of("a = 0.0..1.0 default 0.3\nb = 1e-4..1.0 log\n")
    assert unrank(table, 0).real.tolist() == [0.3, table.default[1]]


def test_a_number_outside_is_refused(table_of):
    with pytest.raises(SpaceError, match=r"E601 there is no candidate number 6\n  the numbers are 0..5"):
        unrank(table_of("a = 1..3\nb = 1 | 2\n"), 6)


def test_a_point_that_is_no_candidate_is_refused(table_of):
    table = table_of("a = 1..3\nb = 1..3\nrequire a < b\n")
    with pytest.raises(SpaceError, match="E601 this point is no candidate"):
        rank(table, Point(np.array([2, 0], np.int32), np.zeros(0)))


def test_what_is_not_exact_is_refused(table_of):
    table = table_of("a = 0.0..1.0\nb = 1 | 2\nforbid a > 0.5 and b == 1\n")
    with pytest.raises(SpaceError, match=r"E405 the candidates of this space cannot be numbered\n.*float constraint"):
        unrank(table, 0)


@pytest.mark.parametrize(("size_", "low", "high"), [(4, 0, 4), (4, 2, 3), (5, 1, 2), (3, 3, 3)])
def test_permutations_are_numbered_in_order(size_, low, high):
    members = SetOf("p", tuple(range(high)), low, high, True, -1)
    rows = [[*p, *([0] * (high - k))] for k in range(low, high + 1) for p in itertools.permutations(range(1, size_ + 1), k)]
    for number, codes in enumerate(sorted(rows)):
        assert permutation_rank(members, size_, codes) == number
        assert permutation_unrank(members, size_, number) == codes
