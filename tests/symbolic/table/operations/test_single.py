"""One row in plain Python means what many rows in arrays mean."""

from __future__ import annotations

import numpy as np
import pytest

from symbolic.points import Population
from symbolic.table.bounds import code_bounds, value_bounds
from symbolic.table.constrain import violated
from symbolic.table.formulas import Evaluation, Rows
from symbolic.table.sample import draw
from symbolic.table.single import Row
from symbolic.table.table import FLOAT, Rule

ROWS = 25


def agree(table, population: Population) -> None:
    evaluation = Evaluation(table, Rows(table, population))
    rows = [Row(table, population[i].index.tolist(), population[i].real.tolist()) for i in range(len(population))]
    for guard in range(-1, len(table.guards)):
        assert [r.holds(guard) for r in rows] == evaluation.guard(guard).tolist()
    for rule in table.rules:
        assert [r.violates(rule) for r in rows] == violated(evaluation, rule).tolist(), rule.text
    for column in table.plan.dependent:
        many = value_bounds(evaluation, column) if table.kind[column] == FLOAT else code_bounds(evaluation, column)
        one = [r.value_bounds(column) if table.kind[column] == FLOAT else r.code_bounds(column) for r in rows]
        assert one == list(zip(*(m.tolist() for m in many), strict=True))


def test_guards_constraints_and_bounds_agree_on_random_spaces(spaces):
    for space in spaces:
        agree(space.table, draw(space.table, ROWS, np.random.default_rng(0)))


@pytest.mark.parametrize(
    "condition",
    [
        "sum(r[*].k) <= 6",
        "mean(r[*].k) > 2",
        "min(r[*].k) == 1 or max(r[*].k) == 4",
        "count(r[*].k) >= 2 and len(r[*].k) < 3",
        "all(r[*].k > 1) or any(r[*].k == 4)",
        "a in [1, 3] or o in [p, q]",
        "o is not p and a != 2",
        "active(d) and d >= 2",
        "not (d > 1)",
        '"k" in s and not ("m" in s)',
        '"y" in t',
        "count(s[*]) == 2",
        "round(a / 2) + floor(f) > ceil(a / 3)",
        "abs(a - 3) ** 2 < 4 and a % 2 == 1",
        "log2(a) > sqrt(a) or exp(f) > log10(a) + 6",
        "(a if o is p else 2 * a) >= 3",
        "a // (d - 1) == 1",
        "r.count >= 2 and x is tanh and x.tanh.b > 0.5",
        "g == true",
        "w / 3 <= 0.1 + 0.1",
        "min(a, d, 2) == 2",
    ],
)
def test_every_form_of_expression_agrees(table_of, condition):
    table = table_of(
        'a = 1..5\no = "p" | "q" | "r_"\nd = (1..3) when o is q\nr = repeat 0..3 { { k: 1..4 } }\n'
        's = subset 1..2 of { "k", "l", "m" }\nt = permutation 0..2 of { "x", "y" }\nf = 0.0..2.0\n'
        f"g = true | false\nw = 0.1..0.9 step 0.1\nx = relu | tanh(b: 0.0..1.0)\nforbid {condition}\n"
    )
    assert len(table.rules) == 1
    population = draw(table, 300, np.random.default_rng(0))
    agree(table, population)
    evaluation = Evaluation(table, Rows(table, population))
    assert 0 < violated(evaluation, table.rules[0]).sum() < 300
    opposite = Rule("require", table.rules[0].condition, "")
    assert not (violated(evaluation, opposite) & violated(evaluation, table.rules[0])).any()
