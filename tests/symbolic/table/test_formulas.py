"""Expressions over a population: three-valued logic, agreement with Python row by row, hulls that hold all values."""

from __future__ import annotations

import contextlib
import itertools
import math
import random
from typing import Any

import numpy as np
import pytest

from symbolic.errors import SpaceError
from symbolic.points import Population
from symbolic.table.formulas import bounds, evaluate, guard_holds
from symbolic.table.grid import code_of, count, value_at, values_at
from symbolic.table.hull import Interval, hull
from symbolic.table.instances import Constant, Decided, Formula, Gathered, Instance, Varying
from symbolic.table.reads import reads
from symbolic.table.scalars import UNKNOWN, aggregate, apply, compare, static
from symbolic.table.table import INT, Table

TEXT = """
a = 1..4
b = 0.25 | 1 | 3
c = true | false
d = -1.5..2.0 when a > 2
e = "p" | "q" when c is true
s = subset of { "u", "v" }
"""

BINARY = ("+", "-", "*", "/", "//", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or", "min", "max")
UNARY = ("not", "neg", "abs", "round", "floor", "ceil", "sqrt")
LISTS = ("sum", "count", "any", "all", "mean")


@pytest.fixture(scope="module")
def table(oracle: Any) -> Table:
    made: Table = oracle.parse(TEXT.replace("-1.5", "(0.5 - 2.0)")).lower()
    return made


@pytest.fixture(scope="module")
def rows(oracle: Any) -> Population:
    drawn = oracle.parse(TEXT.replace("-1.5", "(0.5 - 2.0)")).sample(200, seed=3)
    return Population.of([c.point for c in drawn])


def named(table: Table, name: str) -> Instance:
    x = table.root.fields[name]
    return x if name not in ("d", "e") else x.then  # type: ignore[union-attr]  # a guard


def random_formula(r: random.Random, table: Table, depth: int) -> Instance:
    if depth == 0 or r.random() < 0.2:
        leaf = r.choice([*"abcd", 2, 0.5, 0, True])
        return named(table, leaf) if isinstance(leaf, str) else Constant(leaf)
    op = r.choice((*BINARY, *UNARY, *LISTS, "if"))

    def args(n: int) -> tuple[Instance, ...]:
        return tuple(random_formula(r, table, depth - 1) for _ in range(n))

    if op in LISTS:
        return Formula(op, (Gathered(args(3)),))
    return Formula(op, args(3 if op == "if" else 1 if op in UNARY else 2))


def by_hand(x: Instance, env: dict[str, Any]) -> Any:
    """Return the value of a formula on one row: None is unknown. Written without the code under test."""
    match x:
        case Constant(value=v):
            return v
        case Decided(path=path):
            return env[path]
        case Formula(op=op, args=(Gathered(items=items),)):
            known = [v for v in (by_hand(i, env) for i in items) if v is not None]
            if op == "mean":
                return sum(known) / len(known) if known else None
            return {"sum": sum(known), "count": sum(v != 0 for v in known), "any": any(known), "all": all(known)}[op]
        case Formula(op=op, args=args):
            v = [by_hand(a, env) for a in args]
            if op == "and":
                return False if any(y is not None and y == 0 for y in v) else None if None in v else True
            if op == "or":
                return True if any(y is not None and y != 0 for y in v) else None if None in v else False
            if op == "if":
                return None if v[0] is None else v[1] if v[0] else v[2]
            return None if any(y is None for y in v) else plain(op, *v)
    raise AssertionError(x)


def plain(op: str, a: Any, b: Any = None) -> Any:
    if op in ("==", "!=", "<", "<=", ">", ">="):
        close = math.isclose(a, b, rel_tol=1e-13)
        return {"==": close, "!=": not close, "<": a < b and not close, "<=": a < b or close}.get(
            op, {">": a > b and not close, ">=": a > b or close}.get(op)
        )
    if op == "sqrt":
        return math.sqrt(a) if a >= 0 else None
    if op in ("/", "//", "%") and b == 0:
        return None
    python = {"+": "a+b", "-": "a-b", "*": "a*b", "/": "a/b", "//": "a//b", "%": "a%b", "not": "not a", "neg": "-a"}
    python |= {"abs": "abs(a)", "min": "min(a,b)", "max": "max(a,b)", "round": "m.floor(a+.5)", "floor": "m.floor(a)"}
    return eval(python.get(op, "m.ceil(a)"), {"m": math, "a": a, "b": b})


def environments(table: Table, rows: Population) -> list[dict[str, Any]]:
    out = []
    for k in range(len(rows)):
        env: dict[str, Any] = {}
        for c, path in enumerate(table.path):
            code = int(rows.index[k, c])
            if code < 0:
                env[path] = None
            elif table.values[c]:
                env[path] = table.values[c][code]
            elif table.kind[c] == INT:
                env[path] = int(table.low[c]) + code
            else:
                env[path] = float(rows.real[k, table.float_column[c]]) if table.float_column[c] >= 0 else code
        out.append(env)
    return out


def test_bulk_evaluation_is_python_row_by_row(table: Table, rows: Population) -> None:
    environment = environments(table, rows)
    unknown = 0
    for seed in range(300):
        x = random_formula(random.Random(seed), table, 3)
        values, known = evaluate(table, x, rows)
        wanted = [by_hand(x, env) for env in environment]
        assert known.tolist() == [w is not None for w in wanted], seed
        assert values[known] == pytest.approx([float(w) for w in wanted if w is not None], rel=1e-12), seed
        unknown += int((~known).sum())
        if not reads(table, x):
            with contextlib.suppress(SpaceError):  # a constant divided by zero
                assert {static(x)} == {UNKNOWN if w is None else w for w in wanted}
    assert unknown > 1000


def test_reads_are_the_columns_that_matter(table: Table, rows: Population) -> None:
    rng = np.random.default_rng(0)
    for seed in range(100):
        x = random_formula(random.Random(seed), table, 2)
        before, known = evaluate(table, x, rows)
        for c in set(range(len(table))) - reads(table, x):
            other = Population(rows.index.copy(), rows.real.copy())
            other.index[:, c] = rng.permutation(other.index[:, c])
            after, known_after = evaluate(table, x, other)
            assert (known == known_after).all()
            assert np.array_equal(before[known], after[known])


def test_the_hull_holds_every_value(table: Table, rows: Population) -> None:
    def interval(x: Decided) -> Interval:
        c = table.where[x.path]
        if table.values[c]:
            return Interval(min(table.values[c]), max(table.values[c]), False)  # type: ignore[type-var]  # numbers
        return Interval(float(table.low[c]), float(table.high[c]), bool(table.integer[c]))

    tried = 0
    for seed in range(400):
        x = random_formula(random.Random(seed), table, 3)
        try:
            found = hull(x, interval)
        except SpaceError:
            continue
        values, known = evaluate(table, x, rows)
        slack = 1e-9 * max(1.0, abs(found.low), abs(found.high))
        assert (values[known] >= found.low - slack).all(), (seed, found)
        assert (values[known] <= found.high + slack).all(), (seed, found)
        tried += 1
    assert tried > 200


@pytest.mark.parametrize("op", ["and", "or"])
def test_kleene(op: str) -> None:
    worth = {False: 0, UNKNOWN: 1, True: 2}
    for a, b in itertools.product(worth, repeat=2):
        wanted = (min if op == "and" else max)(worth[a], worth[b])
        assert worth[apply(op, (a, b))] == wanted  # type: ignore[index, arg-type]  # truth values


def test_aggregates_skip_what_is_unknown() -> None:
    items = [2, UNKNOWN, 3.5, UNKNOWN]
    assert [aggregate(op, items) for op in ("sum", "count", "len", "min", "max", "mean")] == [5.5, 2, 2, 2, 3.5, 2.75]
    assert [aggregate(op, [UNKNOWN]) for op in ("sum", "count", "len", "any", "all")] == [0, 0, 0, False, True]
    assert aggregate("min", []) is UNKNOWN


def test_options_and_members(table: Table, rows: Population) -> None:
    e, s = named(table, "e"), table.root.fields["s"]
    values, known = evaluate(table, Formula("is", (e, Constant("q"))), rows)
    code = rows.index[:, table.where["e"]]
    assert np.array_equal(known, code >= 0) and np.array_equal(values[known] != 0, code[known] == 1)
    values, known = evaluate(table, Formula("not in", (Constant("v"), s)), rows)
    assert known.all() and np.array_equal(values != 0, rows.index[:, table.where["s/v"]] == 0)
    values, known = evaluate(table, Formula("in", (named(table, "b"), Gathered((Constant(1), Constant(3.0))))), rows)
    assert known.all() and np.array_equal(values != 0, rows.index[:, table.where["b"]] > 0)


def test_a_fidelity_counts_at_its_high_end(table: Table, rows: Population) -> None:
    values, known = evaluate(table, Formula("*", (Varying("e", 9), Constant(2))), rows)
    assert known.all() and set(values) == {18.0}


def test_guards_hold_where_decisions_are_active(table: Table, rows: Population) -> None:
    for c, guard in enumerate(table.guard.tolist()):
        assert np.array_equal(guard_holds(table, guard, rows), rows.index[:, c] >= 0)


def test_bounds_per_row(oracle: Any) -> None:
    space = oracle.parse("a = 1..4\nb = 2..3 when a > 2\nx = a..(b + 4)")
    table = space.lower()
    drawn = Population.of([c.point for c in space.sample(50)])
    low, high = bounds(table, table.where["x"], drawn)
    a, b = drawn.index[:, 0] + 1, drawn.index[:, 1] + 2
    assert np.array_equal(low, a)
    assert np.array_equal(high, np.where(a > 2, b + 4, 7)), "an unknown bound is the hull's"


def test_numbers_compare_on_decimal_grids() -> None:
    assert compare("<=", 0.1 + 0.2, 0.3) and compare("==", 0.1 * 3, 0.3) and not compare("<", 0.3, 0.1 + 0.2)
    assert compare("<", 1.0, 1.0 + 1e-9)


@pytest.mark.parametrize(("low", "high", "step"), [(0.1, 0.7, 0.1), (1e-3, 5e-3, 1e-3), (8, 64, 8), (0.25, 1.0, 0.125)])
def test_grids_are_exact(low: float, high: float, step: float) -> None:
    n = count(low, high, step)
    codes = np.arange(n)
    values = [value_at(low, step, k) for k in range(n)]
    assert values_at(low, step, codes).tolist() == values
    assert values[-1] == high
    assert [code_of(low, step, v) for v in values] == codes.tolist()
    assert code_of(low, step, low + step / 3) is None
