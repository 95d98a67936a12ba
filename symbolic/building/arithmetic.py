"""Expressions while something is built: Python arithmetic on the answers, which may stand for several values at once.

Plain numbers follow the language (`symbolic.table.scalars`: three truth values, `round` half up). Anything else, such as an
elastic number, is only used through Python's operators: never converted, compared by identity, or hashed.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

from symbolic.nodes import Scalar
from symbolic.python.choices import lift
from symbolic.table.instances import Conditional, Constant, Decided, Formula, Gathered, Instance, Members, Scoped
from symbolic.table.scalars import NUMERIC_OPS, UNKNOWN, Unknown, aggregate, apply, is_number, same_option

_LIVE: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "neg": operator.neg,
    "abs": abs,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "not": operator.not_,
    "min": min,
    "max": max,
    "round": lambda v: math.floor(v + 0.5),
    "floor": math.floor,
    "ceil": math.ceil,
    "sqrt": lambda v: v**0.5,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "exp": math.exp,
}

_LIFTED = frozenset({"abs", "min", "max", "round", "sqrt", "log", "log2", "log10", "exp"})


class Reader(Protocol):
    """Reads what an expression mentions, in the build at hand."""

    def read(self, x: Instance) -> object:
        """Return the value of a leaf, `UNKNOWN` where it reads an inactive decision."""

    def label(self, x: Decided) -> str | Unknown:
        """Return the label of the option that stands at a one-of decision."""

    def picked(self, x: Members) -> Sequence[str] | Unknown:
        """Return the labels a subset or permutation holds."""

    def holds(self, guard: int) -> bool:
        """Return whether a guard of the table holds."""

    def cost(self, name: str, entry: str, at: Formula) -> object:
        """Return a cost of an entry, `UNKNOWN` where the entry is absent."""


def evaluate(x: Formula, reader: Reader) -> object:
    """Return the value of an expression, `UNKNOWN` where it cannot be told."""
    match x:
        case Formula(op="guarded", args=(inner, Constant(value=int(guard)))):
            return reader.read(inner) if reader.holds(guard) else UNKNOWN
        case Formula(op="active", args=(inner,)):
            return reader.read(inner) is not UNKNOWN
        case Formula(op="metric", args=(Constant(value=str(name)), Constant(value=str(entry)), *_)):
            return reader.cost(name, entry, x)
        case Formula(op="is" | "is not" | "in" | "not in", args=(left, right)):
            found = _membership(left, right, reader)
            return UNKNOWN if found is UNKNOWN else found is (x.op in ("is", "in"))
        case Formula(op="if", args=(condition, then, other)):
            chosen = reader.read(condition)
            return UNKNOWN if chosen is UNKNOWN else reader.read(then if chosen else other)
        case Formula(args=(Gathered(items=items),)):
            return _fold(x.op, [reader.read(i) for i in items])
    return combine(x.op, [reader.read(a) for a in x.args])


def undefined(x: Instance, reader: Reader) -> Formula | None:
    """Return the innermost operation that has no finite result although all it reads is known; None where there is none."""
    match x:
        case Scoped(body=inner):
            return undefined(inner, reader)
        case Formula(op="if", args=(condition, then, other)) | Conditional(condition=condition, then=then, other=other):
            chosen = reader.read(condition)
            branch = condition if chosen is UNKNOWN else then if chosen else other
            return None if branch is None else undefined(branch, reader)
        case Formula(op=op, args=args):
            inside = next((f for a in args if (f := undefined(a, reader)) is not None), None)
            if inside is not None or op not in NUMERIC_OPS or any(isinstance(a, Gathered) for a in args):
                return inside
            values = [reader.read(a) for a in args]
            if UNKNOWN in values or not all(map(_plain, values)):
                return None
            result = apply(op, cast("list[Scalar]", values))
            return x if isinstance(result, Unknown) or (is_number(result) and math.isinf(cast("float", result))) else None
        case _:
            return None


def combine(op: str, args: Sequence[Any]) -> object:
    """Apply a scalar operation to answers."""
    if all(map(_plain, args)):
        return apply(op, args)
    if op in ("and", "or"):
        for arg in args:
            if arg is not UNKNOWN and bool(arg) is (op == "or"):
                return op == "or"
        return UNKNOWN if any(a is UNKNOWN for a in args) else op == "and"
    return UNKNOWN if any(a is UNKNOWN for a in args) else _live(op, args)


def _live(op: str, args: Sequence[Any]) -> object:
    """Apply an operation; what Python cannot do with a stand-in, such as `max`, is lifted over the values it stands for."""
    return lift(_LIVE[op], *args) if op in _LIFTED else _LIVE[op](*args)


def _plain(value: object) -> bool:
    """Whether a value is what it says: an elastic number claims to be an int, its type does not."""
    return type(value) in (int, float, bool, str, type(None), Unknown)


def _fold(op: str, items: Sequence[Any]) -> object:
    if all(map(_plain, items)):
        return aggregate(op, items)
    known = [i for i in items if i is not UNKNOWN]
    match op:
        case "sum":
            return sum(known[1:], start=known[0])
        case "mean":
            return sum(known[1:], start=known[0]) / len(known)
        case "len":
            return len(known)
        case "count":
            return sum(bool(i) for i in known)
        case "any":
            return any(bool(i) for i in known)
        case "all":
            return all(bool(i) for i in known)
        case _:
            return _live(op, known)


def _membership(left: Instance, right: Instance, reader: Reader) -> bool | Unknown:
    """Tell whether an option is (among) some, or a label is picked by a set."""
    if isinstance(left, Scoped):
        return _membership(left.body, right, reader)
    if isinstance(right, Members) and isinstance(left, Constant):
        picked = reader.picked(right)
        return UNKNOWN if picked is UNKNOWN else str(left.value) in picked
    wanted = [i.value for i in (right.items if isinstance(right, Gathered) else (right,)) if isinstance(i, Constant)]
    if isinstance(left, Decided) and left.labels:
        label = reader.label(left)
        return UNKNOWN if label is UNKNOWN else any(_means(left, label, w) for w in wanted)
    value = reader.read(left)
    if value is UNKNOWN:
        return UNKNOWN
    return any(same_option(cast("Scalar", value), w) if _plain(value) else bool(value == w) for w in wanted)


def _means(x: Decided, label: str, wanted: Scalar) -> bool:
    """Whether an option, found by its label, is meant by a label or by its value."""
    if label == wanted:
        return True
    option = x.options[x.labels.index(label)]
    return isinstance(option, Constant) and same_option(option.value, wanted)
