"""Sizes are exact, and say so when they are not."""

from __future__ import annotations

import math

import pytest

from symbolic.errors import SpaceError
from symbolic.table import size
from symbolic.table.diagram.diagram import make_diagram


def test_size_is_the_number_of_candidates_of_random_spaces(spaces):
    for space in spaces:
        found = size(space.table)
        assert (found.value, found.exact) == (len(space.codes), True), space.text


def test_size_agrees_with_a_reader_that_knows_no_guards(spaces, oracle):
    compared = 0
    for space in spaces[:40]:
        candidates = oracle.candidates(space.space)
        if candidates is not None:
            compared += 1
            assert size(space.table).value == len(candidates), space.text
    assert compared > 30


def ordered(count: int, low: int, high: int) -> str:
    lines = [f"w{i} = {low}..{high}" for i in range(count)]
    return "\n".join([*lines, *(f"require w{i} <= w{i + 1}" for i in range(count - 1))]) + "\n"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (ordered(12, 1, 64), 26_123_889_412_400),
        (ordered(8, 6, 512), 114_395_897_999_118_528),
        ("x = repeat 10 as x { { w: 0..10 } }\nrequire sum(x[*].w) <= 10\n", 184_756),
        (
            "\n".join(f"w{i} = 0..10" for i in range(10)) + "\nrequire " + " + ".join(f"w{i}" for i in range(10)) + " <= 10",
            184_756,
        ),
        (
            "\n".join(f"w{i} = 0.1..0.3 step 0.1" for i in range(8))
            + f"\nrequire sum([{', '.join(f'w{i}' for i in range(8))}]) <= 1.25",
            423,
        ),
        ("a = 0 | 1\nb = 0 | 1\nc = (0 | 1 | 2) when a == 1 or b == 1\nd = (0 | 1) when a == 1 and b == 1\n", 13),
        ("x = subset 3..5 of { " + ", ".join(f'"o{i}"' for i in range(30)) + " }", sum(math.comb(30, k) for k in (3, 4, 5))),
        ("x = permutation of { " + ", ".join(f'"o{i}"' for i in range(25)) + " }", math.factorial(25)),
        ("x = 3\n", 1),
    ],
)
def test_known_sizes(table_of, text, count):
    table = table_of(text)
    assert size(table).value == count
    assert size(table).exact


def test_a_subset_is_bounded_by_a_count(table_of):
    options = ", ".join(f'"o{i}"' for i in range(12))
    assert size(table_of(f"x = subset of {{ {options} }}\nrequire count(x[*]) <= 2\n")).value == 1 + 12 + 66


def test_floats_count_once(table_of):
    found = size(table_of("a = 0.0..1.0\nb = 1 | 2\n"))
    assert (found.value, found.exact, found.continuous) == (2, True, True)


def test_a_constraint_on_a_float_gives_an_upper_bound(table_of):
    found = size(table_of("a = 0.0..1.0\nb = 1 | 2\nforbid a > 0.5 and b == 1\n"))
    assert (found.value, found.exact) == (2, False)
    assert str(found) == "at most 2 (floats count once)"


def test_a_condition_on_a_float_counts_both_ways(table_of):
    found = size(table_of('a = 0.0..1.0\nb = (1..3) when a > 0.5\nc = subset 1 of { "x", "y" } when a > 0.1\n'))
    assert (found.value, found.exact) == (4 * 3, False)


def test_a_diagram_that_would_be_too_large_drops_constraints_then_bounds(table_of):
    text = "\n".join(f"w{i} = 1..40" for i in range(4)) + "\nrequire w0 * w1 * w2 * w3 <= 1000\n"
    table = table_of(text)
    assert size(table, limit=2000).value == 40**4
    assert not size(table, limit=2000).exact
    bounded = table_of("a = 1..1000\nb = 1..a\nc = 1..b\n")
    assert size(bounded, limit=5000).value == 1000**3
    assert size(bounded).value == math.comb(1002, 3)


def test_a_diagram_that_is_too_large_even_so_is_refused(table_of):
    table = table_of("a = 1..300\nb = repeat a { 1 | 2 }\n")
    with pytest.raises(SpaceError, match="E405 the decision diagram of this space has more than 100 edges"):
        make_diagram(table, 100)


def test_an_empty_space_names_the_constraint_that_empties_it(table_of):
    table = table_of("a = 1..3\nb = 1..3\nforbid a == 1\nrequire a + b > 6\n")
    with pytest.raises(SpaceError, match=r"E501 no candidate satisfies this constraint: require a \+ b > 6"):
        size(table)


def test_constraints_that_empty_a_space_together_are_all_listed(table_of):
    table = table_of("a = 1..3\nb = 1..3\nrequire a < b\nrequire a > b\n")
    with pytest.raises(SpaceError, match="E501 no candidate satisfies the constraints: require a < b; require a > b"):
        size(table)


def test_bounds_that_leave_nothing_are_reported(table_of):
    table = table_of("a = 1..3\nb = 2..3\nc = (a + b)..(a + 1)\n")
    with pytest.raises(SpaceError, match="E501 no candidate satisfies the bounds"):
        size(table)
