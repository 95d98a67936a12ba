"""Constraints that compare sums: the diagram carries one running total instead of every decision in the sum."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

from symbolic.table.formulas import Evaluation, reads
from symbolic.table.instances import Constant, Formula, Gathered, Instance, Members, Scoped
from symbolic.table.scalars import COMPARISONS
from symbolic.table.table import I64, Bools, Rule, Table
from symbolic.table.vectors import Values

DECIDED = np.int64(1 << 62)
"""The running total of a constraint that can no longer be violated."""
_LARGEST = 1 << 60
_MOST_COMBINATIONS = 1 << 16
_MOST_DIGITS = 9


@attrs.frozen(eq=False)
class Codes:
    """A view of codes, column by column; floats are not in it."""

    columns: Mapping[int, NDArray[np.integer]]
    length: int

    def rows(self) -> int:
        return self.length

    def codes(self, column: int) -> NDArray[np.integer]:
        return self.columns[column]

    def reals(self, column: int) -> NDArray[np.float64]:
        raise AssertionError(f"a diagram holds no float (column {column})")


@attrs.frozen(eq=False)
class Term:
    """One summand: `factor` times an expression, or times how often a member of a set is picked (`item` its column), or whether
    it is (`flag`).

    `skipped`: an unknown value counts 0 (in `sum` and `count`); otherwise it makes the whole constraint unknown, hence
    satisfied, which `vanishes` says is possible. `low`, `high` bound the scaled value.
    """

    item: Instance | int
    factor: float
    skipped: bool
    columns: frozenset[int]
    low: int = 0
    high: int = 0
    vanishes: bool = False
    flag: bool = False

    def value(self, evaluation: Evaluation) -> Values:
        """Return the summand and where it is known, `[row]` each."""
        if isinstance(self.item, int):
            codes = evaluation.view.codes(self.item)
            return np.asarray((codes > 0 if self.flag else np.maximum(codes, 0)) * self.factor, np.float64), np.asarray(
                codes >= 0, np.bool_
            )
        values, known = evaluation.value(self.item)
        return values * self.factor, known


@attrs.frozen
class Rest:
    """What the terms of a total that are still to come can add, and whether one of them may make it unknown."""

    low: int = 0
    high: int = 0
    vanishes: bool = False

    def and_before(self, term: Term) -> Rest:
        """Return the rest with one more term."""
        return Rest(self.low + term.low, self.high + term.high, self.vanishes or term.vanishes)


@attrs.frozen(eq=False)
class Total:
    """A constraint `sum of terms <op> bound`, in whole numbers: everything is `scale` times its value."""

    terms: tuple[Term, ...]
    op: str
    bound: int
    scale: int
    forbidden: bool

    def add(self, running: I64, term: Term, evaluation: Evaluation) -> I64:
        """Return the running total after one more term; `DECIDED` where the constraint became unknown."""
        values, known = term.value(evaluation)
        scaled = np.rint(np.where(known, values, 0.0) * self.scale).astype(np.int64)
        raised = np.where(running == DECIDED, DECIDED, running + scaled)
        return raised if term.skipped else np.where(known, raised, DECIDED)

    def judge(self, running: I64, rest: Rest) -> tuple[I64, Bools]:
        """Return the total, `DECIDED` where it can no longer be violated, and where it is not yet certainly violated."""
        low, high = running + rest.low, running + rest.high
        true, false = _always(self.op, low, high, self.bound)
        kept, lost = (false, true) if self.forbidden else (true, false)
        decided = running == DECIDED
        if rest.vanishes:
            lost = np.zeros_like(lost)
        return np.where(decided | kept, DECIDED, running), decided | ~lost


def total_of(table: Table, rule: Rule) -> Total | None:
    """Return a constraint as a running total, or None when it compares no sums or has no common decimal factor."""
    condition = rule.condition
    if not (isinstance(condition, Formula) and condition.op in COMPARISONS):
        return None
    left, right = condition.args
    terms, constant = list[Term](), 0.0
    for part in itertools.chain(_spread(table, left, 1.0), _spread(table, right, -1.0)):
        if isinstance(part, float):
            constant += part
        else:
            terms.append(part)
    if len(terms) < 2:
        return None
    return _scaled(table, terms, condition.op, -constant, rule.kind == "forbid")


def _spread(table: Table, x: Instance, factor: float) -> Iterator[Term | float]:
    match x:
        case Constant(value=bool()):
            yield _term(table, x, factor)
        case Constant(value=int() | float() as value):
            yield factor * value
        case Scoped(body=body):
            yield from _spread(table, body, factor)
        case Formula(op="+", args=(left, right)):
            yield from _spread(table, left, factor)
            yield from _spread(table, right, factor)
        case Formula(op="-", args=(left, right)):
            yield from _spread(table, left, factor)
            yield from _spread(table, right, -factor)
        case Formula(op="neg", args=(inner,)):
            yield from _spread(table, inner, -factor)
        case Formula(op="*", args=(Constant(value=int() | float() as value), inner)) if not isinstance(value, bool):
            yield from _spread(table, inner, factor * value)
        case Formula(op="*", args=(inner, Constant(value=int() | float() as value))) if not isinstance(value, bool):
            yield from _spread(table, inner, factor * value)
        case Formula(op="sum", args=(Gathered(items=items),)):
            for item in items:
                if isinstance(item, Members) and not item.ordered:
                    yield from (attrs.evolve(t, skipped=True) for t in _picks(table, item, factor))
                else:
                    yield _term(table, item, factor, skipped=True)
        case Formula(op="count", args=(Gathered(items=items),)):
            for item in items:
                yield _term(table, Formula("!=", (item, Constant(0))), factor, skipped=True)
        case Members(ordered=False):
            yield from _picks(table, x, factor)
        case _:
            yield _term(table, x, factor)


def _picks(table: Table, members: Members, factor: float) -> Iterator[Term]:
    for path in members.columns:
        column = table.where[path]
        yield Term(column, factor, False, frozenset({column}))


def _term(table: Table, x: Instance, factor: float, *, skipped: bool = False) -> Term:
    match x:
        case Formula(op="in", args=(Constant(value=str() as label), Members(ordered=False) as members)):
            column = table.where[members.columns[members.labels.index(label)]]
            return Term(column, factor, skipped, frozenset({column}), flag=True)
        case Formula(op="!=", args=(Formula(op="in" | "not in" | "is" | "is not") as truth, Constant(value=0))):
            return _term(table, truth, factor, skipped=skipped)
        case _:
            return Term(x, factor, skipped, reads(table, x))


def _scaled(table: Table, terms: list[Term], op: str, bound: float, forbidden: bool) -> Total | None:
    values = [_possible(table, t) for t in terms]
    if any(v is None for v in values):
        return None
    scale = _common_scale(np.concatenate([[bound], *(v for v, _ in (p for p in values if p is not None))]))
    if scale is None:
        return None
    ranged = []
    for term, possible in zip(terms, values, strict=True):
        assert possible is not None
        whole = np.rint(possible[0] * scale).astype(np.int64)
        low, high = (int(whole.min()), int(whole.max())) if len(whole) else (0, 0)
        if term.skipped:
            low, high = min(low, 0), max(high, 0)
        ranged.append(attrs.evolve(term, low=low, high=high, vanishes=possible[1] and not term.skipped))
    if sum(max(abs(t.low), abs(t.high)) for t in ranged) + abs(bound) * scale > _LARGEST:
        return None
    return Total(tuple(ranged), op, round(bound * scale), scale, forbidden)


def _possible(table: Table, term: Term) -> tuple[NDArray[np.float64], bool] | None:
    """Return all values a term can have and whether it can be unknown; None when there are too many to list."""
    columns = sorted(term.columns)
    lowest = [-1 if table.guard[c] != -1 else 0 for c in columns]
    widths = [int(table.card[c]) - low for c, low in zip(columns, lowest, strict=True)]
    count = math.prod(widths)
    if count > _MOST_COMBINATIONS:
        return None
    places = np.unravel_index(np.arange(count), widths) if columns else ()
    codes = {c: place + low for c, place, low in zip(columns, places, lowest, strict=True)}
    view = Codes(codes, count)
    values, known = term.value(Evaluation(table, view))
    return values[known], not bool(known.all())


def _common_scale(values: NDArray[np.float64]) -> int | None:
    """Return the smallest power of ten that makes all numbers whole, or None when there is none up to 10**9."""
    if not np.isfinite(values).all():
        return None
    for digits in range(_MOST_DIGITS + 1):
        scaled = values * 10.0**digits
        if (np.abs(scaled - np.rint(scaled)) <= 1e-12 * np.maximum(np.abs(scaled), 1.0)).all():
            return int(10**digits)
    return None


def _always(op: str, low: I64, high: I64, bound: int) -> tuple[Bools, Bools]:
    """Return where a comparison is true for every total in `low..high`, and where it is false for every one."""
    match op:
        case "<=":
            return high <= bound, low > bound
        case "<":
            return high < bound, low >= bound
        case ">=":
            return low >= bound, high < bound
        case ">":
            return low > bound, high <= bound
        case "==":
            return (low == bound) & (high == bound), (low > bound) | (high < bound)
        case "!=":
            return (low > bound) | (high < bound), (low == bound) & (high == bound)
        case _:
            raise AssertionError(op)
