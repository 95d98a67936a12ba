"""Objectives: losses, violations and order agree with their definitions and with brute force."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolic.errors import SpaceError
from symbolic.nodes import Const, Expr, Ref
from symbolic.points import Point
from symbolic.search.events import Result, Trial
from symbolic.search.expressions import check_supported, negated, parse_expression, value, violation
from symbolic.search.fronts import crowding, non_dominated, ranks
from symbolic.search.objectives import Limit, Objective, Objectives

POINT = Point(np.zeros(1, np.int32), np.zeros(0))
LOSS = Objectives((Objective("loss"),))


def result(number=0, status="ok", **metrics) -> Result:
    return Result(Trial(number, POINT), status, metrics)


def test_losses_are_minimised_and_infinite_where_there_is_no_number():
    both = Objectives((Objective("accuracy", maximize=True), Objective("loss")))
    assert both.losses(result(accuracy=0.9, loss=2.0)).tolist() == [-0.9, 2.0]
    assert both.losses(result(accuracy=0.9)).tolist() == [-0.9, math.inf]
    assert both.losses(result(accuracy=math.inf, loss=math.nan)).tolist() == [math.inf, math.inf]
    for status in ("failed", "infeasible"):
        assert both.losses(result(status=status, accuracy=0.9, loss=2.0)).tolist() == [math.inf, math.inf]
    assert both.losses(result(status="stopped", accuracy=0.9, loss=2.0)).tolist() == [-0.9, 2.0]


@pytest.mark.parametrize(
    ("text", "metrics", "expected"),
    [
        ("accuracy", {"accuracy": 0.5}, 0.5),
        ("params(model)", {"params": 3, "params(model)": 5}, 5.0),
        ("params(model)", {"params": 3}, 3.0),
        ("params(model.stem[1])", {"params(model.stem[1])": 7}, 7.0),
        ("log(error + 0.1 * seconds / 20)", {"error": 1.0, "seconds": 0.0}, 0.0),
        ("-(a - 2) ** 2 // 3 % 5", {"a": 5}, -(3**2) // 3 % 5),
        ("max(a, b, 3) + min(a, abs(b))", {"a": 1, "b": -4}, 4.0),
        ("1 if a < b <= 3 else 2", {"a": 1, "b": 2}, 1.0),
        ("round(2.5) + floor(-0.5) + ceil(0.2) + sqrt(4) + exp(0) + log2(8) + log10(100)", {}, 3 - 1 + 1 + 2 + 1 + 3 + 2),
        ("latency <= 0.1s and memory < 3B", {"latency": 0.05, "memory": 2}, 1.0),
        ("not true or false", {}, 0.0),
    ],
)
def test_expressions(text, metrics, expected):
    assert value(parse_expression(text), metrics) == expected


@pytest.mark.parametrize("text", ["a / 0", "log(0 * a)", "missing + a", "sqrt(-1)", "(0 - 1) ** 0.5", "10.0 ** 400"])
def test_what_has_no_value_is_nan(text):
    assert math.isnan(value(parse_expression(text), {"a": 1.0}))


@pytest.mark.parametrize(
    ("text", "code"), [("a +", "E101"), ("", "E101"), ("[1]", "E305"), ("a.b", "E305"), ("f(x=1)", "E305")]
)
def test_texts_that_are_no_expression_over_metrics(text, code):
    with pytest.raises(SpaceError) as e:
        parse_expression(text)
    assert e.value.code == code


def test_what_cannot_be_computed_from_metrics_is_refused():
    for node in (Ref("train", ("lr",)), Expr("+", (Const(1), Ref("x"))), Expr("sum", (Const(1.0),))):
        with pytest.raises(SpaceError, match="E305"):
            check_supported(node)


@pytest.mark.parametrize(
    ("condition", "metrics", "expected"),
    [
        ("params(model) <= 200000", {"params": 250_000}, 0.25),
        ("params(model) <= 200000", {"params": 200_000}, 0.0),
        ("a < b", {"a": 2, "b": 2}, 1e-9),
        ("a >= 0.5", {"a": 0.25}, 0.25),
        ("a <= 1 and b <= 1", {"a": 2, "b": 4}, 4.0),
        ("a <= 1 or b <= 1", {"a": 2, "b": 4}, 1.0),
        ("a == 1", {"a": 2}, 1.0),
        ("not (a <= 4 or b > 3)", {"a": 1, "b": 9}, 0.75 + 2.0),
        ("a <= 1", {"a": math.inf}, math.inf),
    ],
)
def test_violation(condition, metrics, expected):
    assert violation(parse_expression(condition), metrics, math.inf) == pytest.approx(expected)


def test_violation_of_results_by_status():
    limited = Objectives((Objective("loss"),), (Limit("params <= 10"), Limit("latency <= 1")))
    assert limited.violation(result(params=5, latency=0.5)) == 0.0
    assert limited.violation(result(params=20, latency=3)) == 3.0
    assert limited.violation(result(params=5)) == math.inf
    assert limited.violation(result(status="failed", params=5, latency=0.5)) == math.inf
    assert limited.violation(result(status="infeasible", params=20)) == 1.0
    assert limited.violation(result(status="infeasible")) == 1e-9
    assert limited.known_violation({"params": 20.0}) == 1.0 and limited.known_violation({}) == 0.0


names = st.sampled_from(["a", "b"])
numbers = st.integers(-3, 3)
atoms = st.builds(lambda n, op, k: f"{n} {op} {k}", names, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), numbers)
conditions = st.recursive(
    atoms, lambda c: st.builds("({} {} {})".format, c, st.sampled_from(["and", "or"]), c) | c.map("not ({})".format)
)


@given(conditions, numbers, numbers)
def test_violation_is_zero_exactly_where_the_condition_holds(text, a, b):
    node, metrics = parse_expression(text), {"a": a, "b": b}
    assert (violation(node, metrics, math.inf) == 0.0) == bool(eval(text, {}, dict(metrics)))
    turned = negated(node)
    assert turned is None or value(turned, metrics) == 1.0 - value(node, metrics)


def dominates(a, b):
    return all(a <= b) and any(a < b)


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=12))
def test_fronts_equal_brute_force(rows):
    losses = np.array(rows, float)
    brute = [i for i in range(len(losses)) if not any(dominates(x, losses[i]) for x in losses)]
    assert non_dominated(losses).tolist() == brute
    rank = ranks(losses)
    for i in range(len(losses)):
        worse = [int(rank[j]) for j in range(len(losses)) if dominates(losses[j], losses[i])]
        assert rank[i] == (max(worse) + 1 if worse else 0)
    assert (crowding(losses, rank) >= 0).all()


@given(st.lists(st.tuples(numbers, st.sampled_from(["ok", "failed", "infeasible", "stopped"]), st.integers(0, 3)), max_size=10))
def test_order_of_one_objective_is_a_sort(rows):
    limited = Objectives((Objective("loss"),), (Limit("size <= 1"),))
    results = [result(n, status, loss=loss, size=size) for n, (loss, status, size) in enumerate(rows)]
    key = [(limited.violation(r), float(limited.losses(r)[0]), r.trial.number) for r in results]
    assert [key[i] for i in limited.order(results)] == sorted(key)


def test_order_of_several_objectives_puts_fronts_first_and_ends_before_the_middle():
    both = Objectives((Objective("x"), Objective("y")))
    points = [(2, 2), (0, 4), (1, 3), (4, 0), (3, 1), (5, 5), (2.1, 1.9)]
    results = [result(n, x=x, y=y) for n, (x, y) in enumerate(points)]
    ordered = both.order(results)
    assert set(ordered[:2]) == {1, 3} and ordered[-1] == 5
    rank = ranks(np.array(points, float))
    assert all(rank[a] <= rank[b] for a, b in pairwise(ordered))
    assert both.values({"x": 3.0})[0] == 3.0


def test_metrics_names():
    limited = Objectives((Objective("accuracy", True),), (Limit("params(model) <= 3"), Limit("accuracy > 0")))
    assert limited.metrics == (("accuracy",), ("params(model)", "params"))
    assert str(limited.goals[0]) == "maximize accuracy"
