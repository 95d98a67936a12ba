"""Interval arithmetic: between which numbers an expression over decisions lies, and whether it is always whole."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import attrs

from symbolic.errors import SpaceError, Span
from symbolic.table.facts import untold
from symbolic.table.instances import (
    Conditional,
    Constant,
    Decided,
    Fact,
    Formula,
    Gathered,
    Instance,
    Repeated,
    Scoped,
    Varying,
)
from symbolic.table.scalars import COMPARISONS


@attrs.frozen
class Interval:
    """All values lie in `low..high`; `integer`: all are whole numbers of the language's type int."""

    low: float
    high: float
    integer: bool


IntervalOf: TypeAlias = Callable[[Decided], Interval]
"""Returns the interval of a decision. Raises E305 where it is no number."""

Known: TypeAlias = dict[Formula, Interval]
"""Intervals found before."""

_TRUTH = Interval(0, 1, True)


def hull(x: Instance, decision: IntervalOf, span: Span | None = None, known: Known | None = None) -> Interval:
    """Return the interval of an expression. `known` keeps those of its parts, which may stand in many expressions.

    Raises E305 for what is no number, E301 for a division by an interval that holds 0 and for what is too large for a float;
    `span` is used where `x` has none.
    """
    if known is None:
        known = {}
    match x:
        case Constant(value=bool(v)):
            return Interval(int(v), int(v), True)
        case Constant(value=int(v)) | Varying(high=int(v)):
            return Interval(v, v, True)
        case Constant(value=float(v)) | Varying(high=float(v)):
            return Interval(v, v, False)
        case Decided():
            return _decided(x, decision, span)
        case Scoped(body=inner) | Repeated(count=inner):
            return hull(inner, decision, span, known)
        case Conditional(then=then, other=None):
            return hull(then, decision, span, known)
        case Conditional(then=then, other=other) if other is not None:
            return _union([hull(then, decision, span, known), hull(other, decision, span, known)])
        case Formula():
            if x not in known:
                known[x] = _formula(x, decision, x.span or span, known)
            return known[x]
        case Fact(value=int(v)):
            return Interval(v, v, True)
        case Fact():
            raise untold(x)
        case _:
            raise SpaceError("E305", "this is not a number", getattr(x, "span", None) or span)


def _decided(x: Decided, decision: IntervalOf, span: Span | None) -> Interval:
    """Return the interval of a decision; an error is one of the place that uses it."""
    try:
        return decision(x)
    except SpaceError as e:
        raise SpaceError(e.code, e.message, span or e.span, e.hint) from None


def _formula(x: Formula, decision: IntervalOf, span: Span | None, known: Known) -> Interval:
    if x.op in (*COMPARISONS, "and", "or", "not", "is", "is not", "in", "not in", "any", "all", "active"):
        return _TRUTH
    if x.op == "metric":
        raise SpaceError("E305", "a cost is known when a candidate is built: no bound or count can depend on it", span)
    if x.op == "if":
        return _union([hull(a, decision, span, known) for a in x.args[1:]])
    if x.op == "guarded":
        return hull(x.args[0], decision, span, known)
    try:
        if x.args and isinstance(x.args[0], Gathered):
            found = _list(x.op, [hull(i, decision, span, known) for i in x.args[0].items], span)
        else:
            found = _arithmetic(x.op, [hull(a, decision, span, known) for a in x.args], span)
    except OverflowError as e:
        raise _too_large(span) from e
    if not (math.isfinite(found.low) and math.isfinite(found.high)):
        raise _too_large(span)
    return found


def _too_large(span: Span | None) -> SpaceError:
    return SpaceError("E301", "this can be too large for a float", span, "narrow the ranges that it is computed from")


def _union(parts: Sequence[Interval]) -> Interval:
    return Interval(min(p.low for p in parts), max(p.high for p in parts), all(p.integer for p in parts))


def _list(op: str, items: Sequence[Interval], span: Span | None) -> Interval:
    """Bound an aggregate of items any of which may be absent."""
    match op:
        case "count" | "len":
            return Interval(0, len(items), True)
        case "sum":
            integer = all(i.integer for i in items)
            return Interval(sum(min(i.low, 0) for i in items), sum(max(i.high, 0) for i in items), integer)
        case "min" | "max" if items:
            return _union(items)
        case "mean" if items:
            return attrs.evolve(_union(items), integer=False)
        case _:
            raise SpaceError("E305", f"{op} of nothing is not a number", span)


def _arithmetic(op: str, args: Sequence[Interval], span: Span | None) -> Interval:
    a, integer = args[0], all(i.integer for i in args)
    match op:
        case "+":
            return Interval(a.low + args[1].low, a.high + args[1].high, integer)
        case "-":
            return Interval(a.low - args[1].high, a.high - args[1].low, integer)
        case "neg":
            return Interval(-a.high, -a.low, integer)
        case "*":
            return _corners(lambda x, y: x * y, a, args[1], integer)
        case "/" | "//" | "%":
            return _division(op, a, args[1], integer, span)
        case "**":
            return _power(a, args[1], span)
        case "min":
            return Interval(min(i.low for i in args), min(i.high for i in args), integer)
        case "max":
            return Interval(max(i.low for i in args), max(i.high for i in args), integer)
        case "abs":
            ends = sorted((abs(a.low), abs(a.high)))
            return Interval(0 if a.low <= 0 <= a.high else ends[0], ends[1], integer)
        case "round" | "floor" | "ceil":
            return Interval(_whole(op, a.low), _whole(op, a.high), True)
        case "sqrt" | "log" | "log2" | "log10" | "exp":
            return _monotone(op, a, span)
        case _:
            raise SpaceError("E305", "this is not a number", span)


def _whole(op: str, value: float) -> int:
    return math.ceil(value) if op == "ceil" else math.floor(value + 0.5 if op == "round" else value)


def _corners(f: Callable[[float, float], float], a: Interval, b: Interval, integer: bool) -> Interval:
    values = [f(x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
    return Interval(min(values), max(values), integer)


def _division(op: str, a: Interval, b: Interval, integer: bool, span: Span | None) -> Interval:
    if b.low <= 0 <= b.high:
        raise SpaceError("E301", "division by a range that contains 0", span)
    if op == "/":
        return _corners(lambda x, y: x / y, a, b, False)
    if op == "//":
        return _corners(lambda x, y: x // y, a, b, integer)
    if a.low >= 0 and a.high < b.low:
        return attrs.evolve(a, integer=integer)
    slack = 1 if integer else 0  # a remainder lies strictly below its divisor
    return Interval(0, b.high - slack, integer) if b.low > 0 else Interval(b.low + slack, 0, integer)


def _power(a: Interval, b: Interval, span: Span | None) -> Interval:
    exponent = b.low
    if b.low != b.high or exponent != int(exponent) or abs(exponent) > 64 or max(abs(a.low), abs(a.high)) > 1e6:
        if a.low == a.high and 0 < a.low <= 1e6 and max(abs(b.low), abs(b.high)) <= 64:
            return _corners(lambda x, y: x**y, a, b, a.integer and b.integer and b.low >= 0)
        if a.low > 0:
            _corners(lambda x, y: float(x) ** y, a, b, False)  # what is surely too large is said so
        raise SpaceError("E305", "a bound with '**' needs a constant whole exponent up to 64 and a base up to 1e6", span)
    if exponent < 0 and a.low <= 0 <= a.high:
        raise SpaceError("E301", "division by a range that contains 0", span)
    ends = [a.low ** int(exponent), a.high ** int(exponent)]
    low = 0 if exponent > 0 and exponent % 2 == 0 and a.low <= 0 <= a.high else min(ends)
    return Interval(low, max(ends), a.integer and b.integer and exponent >= 0)


def _monotone(op: str, a: Interval, span: Span | None) -> Interval:
    try:
        f: Callable[[float], float] = getattr(math, op)
        return Interval(f(a.low), f(a.high), False)
    except ValueError as e:
        raise SpaceError("E301", f"{op} of {a.low}..{a.high} is not defined everywhere", span) from e
