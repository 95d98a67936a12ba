"""The decision diagram keeps only what later layers read, and merges the rest."""

from __future__ import annotations

import numpy as np
import pytest

from symbolic.table.diagram.build import distinct
from symbolic.table.diagram.diagram import Branch, Free, make_diagram
from symbolic.table.diagram.sums import DECIDED, total_of


def states(diagram):
    return [layer.states for layer in diagram.layers if isinstance(layer, Branch)]


def test_decisions_that_nobody_reads_have_no_edges(table_of):
    diagram = make_diagram(table_of('a = "x" | "y"\nb = 1..1000000\nc = 0.0..1.0\nd = permutation of { "p", "q" }\n'))
    assert all(isinstance(layer, Free) for layer in diagram.layers)
    assert diagram.edges == 0 and diagram.size == 4 * 10**6


def test_ordered_widths_need_a_state_per_width(table_of):
    text = "\n".join(f"w{i} = 1..64" for i in range(12)) + "\n" + "\n".join(f"require w{i} <= w{i + 1}" for i in range(11))
    diagram = make_diagram(table_of(text))
    assert max(states(diagram)) <= 64


def test_a_sum_needs_a_state_per_total_and_one_for_certainly_satisfied(table_of):
    names = [f"w{i}" for i in range(20)]
    text = "\n".join(f"{n} = 0..9" for n in names) + f"\nrequire sum([{', '.join(names)}]) <= 30\n"
    diagram = make_diagram(table_of(text))
    assert max(states(diagram)) <= 32


def test_every_layer_can_be_walked_to_the_end(spaces):
    for space in spaces:
        diagram = space.table.diagram
        rows = len(diagram.counts[0])
        assert rows == 1
        for layer, here, after in zip(diagram.layers, diagram.counts[:-1], diagram.counts[1:], strict=True):
            assert len(here) == (layer.states if isinstance(layer, Branch) else len(layer.to))
            assert layer.to.max(initial=0) < max(len(after), 1)


@pytest.mark.parametrize(
    ("rule", "totals"),
    [
        ("require a + b + c <= 4", (3, 1)),
        ("require a + 2 * b - c <= 4", (3, 1)),
        ("require a <= b", (2, 1)),
        ("forbid sum([a, b, c]) == 4", (3, 1)),
        ("require count([a > 1, b > 1, c > 1]) >= 2", (3, 1)),
        ("require d + a <= 1.25", (2, 100)),
        ("require a * b <= 4", None),
        ("require a * b + c <= 4", (2, 1)),
        ("forbid a == 1 and b == 1", None),
    ],
)
def test_which_constraints_are_running_totals(table_of, rule, totals):
    table = table_of(f"a = 1..3\nb = 1..3\nc = 1..3\nd = 0.1..0.3 step 0.1\n{rule}\n")
    total = total_of(table, table.rules[0])
    assert (total and (len(total.terms), total.scale)) == totals


def test_an_unknown_summand_satisfies_where_sum_would_skip_it(table_of):
    text = 'o = "p" | "q"\na = 1..3\nb = (1..3) when o is q\n'
    plain = make_diagram(table_of(text + "require a + b <= 2\n"))
    skipping = make_diagram(table_of(text + "require sum([a, b]) <= 2\n"))
    assert (plain.size, skipping.size) == (3 + 1, 2 + 1)


def test_distinct_finds_equal_rows_of_any_width():
    rng = np.random.default_rng(0)
    for width, top in ((1, 5), (3, 4), (2, 2**40), (4, 2**30)):
        rows = rng.integers(-1, top, (50, width))[rng.integers(0, 50, 400)]
        rows[rng.integers(0, 400, 20), 0] = DECIDED
        first, state = distinct([rows[:, j] for j in range(width)], len(rows))
        assert (rows[first][state] == rows).all()
        assert len(first) == len(np.unique(rows, axis=0))


def test_distinct_of_nothing():
    first, state = distinct([], 5)
    assert first.tolist() == [0] and state.tolist() == [0] * 5
    first, state = distinct([np.zeros(0, np.int64)], 0)
    assert len(first) == len(state) == 0


def test_a_chain_of_conditions_is_not_remembered_whole(table_of):
    """No two neighbours may both be true: each needs only the one before it, though its condition names all."""
    lines = ["x0 = false | true"]
    lines += [f"x{i} = (false | true) if not x{i - 1} else false" for i in range(1, 30)]
    diagram = make_diagram(table_of("\n".join(lines)))
    fibonacci = [1, 2]
    for _ in range(29):
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    assert diagram.size == fibonacci[30]
    assert max(states(diagram)) <= 3


def test_conditions_that_may_be_unknown_are_remembered(table_of):
    text = 'a = "p" | "q"\nb = (1..3) when a is q\nc = (1..2) if b > 1 else 7\nd = (1..5) when c == 7\n'
    assert make_diagram(table_of(text)).size == 1 + 1 * 5 + 2 * 2
