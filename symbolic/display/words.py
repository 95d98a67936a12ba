"""Decisions in words: what each may be, its default, and when it exists; expressions and sizes as a person reads them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from symbolic.nodes import Scalar
from symbolic.table.grid import value_at
from symbolic.table.instances import (
    Constant,
    Decided,
    External,
    Fact,
    Formula,
    Gathered,
    Instance,
    Members,
    Repeated,
    Scoped,
    Varying,
)
from symbolic.table.scalars import literal
from symbolic.table.table import BIT, INT, ONE, AnyOf, Member, SetOf, Size, Table, Test, When

MOST_OPTIONS = 12
_INFIX = {"+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "and", "or", "is", "is not", "in", "not in"}


def values_text(table: Table, column: int) -> str:
    """Return what a decision may be: `8..32 step 8`, `relu | gelu`, `subset 0..2 of a, b, c`."""
    labels = table.labels[column] or ()
    if members := set_of(table, column):
        form = "permutation" if members.ordered else "multiset" if members.most > 1 else "subset"
        count = str(members.low) if members.low == members.high else f"{members.low}..{members.high}"
        return f"{form} {count} of {_listed(labels, ', ')}"
    if table.kind[column] == ONE:
        return _listed(labels, " | ")
    low, high = (number_text(float(ends[column]), bool(table.integer[column])) for ends in (table.low, table.high))
    step = float(table.step[column])
    grid = f" step {step:g}" if math.isfinite(step) and step not in (0, 1) else ""
    return f"{low}..{high}{grid}{' log' if table.log[column] else ''}"


def default_text(table: Table, column: int) -> str:
    """Return a decision's default."""
    labels, default = table.labels[column] or (), float(table.default[column])
    if members := set_of(table, column):
        codes = [int(table.default[c]) for c in members.columns]
        if members.ordered:
            return ", ".join(labels[code - 1] for code in codes if code > 0) or "none of them"
        return ", ".join(labels[k] for k, code in enumerate(codes) for _ in range(code)) or "none of them"
    if table.kind[column] == ONE:
        return labels[int(default)]
    if table.kind[column] == INT:
        default = float(value_at(float(table.low[column]), float(table.step[column]), int(default)))
    return number_text(default, bool(table.integer[column]))


def when_text(table: Table, column: int) -> str:
    """Return when a decision exists, as far as its path does not say it; empty where it always does."""
    guard, path = int(table.guard[column]), decision_path(table, column)
    if guard == -1 or (isinstance(test := table.guards[guard], Test | Member) and _obvious(table, path, test)):
        return ""
    return guard_text(table, guard)


def guard_text(table: Table, guard: int) -> str:
    """Return a guard's own condition, without those of its parents.

    A shared choice used in several places exists where one of them does.
    """
    match table.guards[guard]:
        case Test(column=column, codes=codes):
            return _test_text(table, column, sorted(codes))
        case Member(columns=columns, code=code):
            labels = table.labels[columns[0]] or ()
            return f"{decision_path(table, columns[0])} holds {labels[code - 1]}"
        case When(condition=condition, polarity=polarity):
            words = expression_text(table, condition)
            return words if polarity else f"not ({words})"
        case AnyOf(guards=guards):
            return f"one of its {len(guards)} uses exists"


def _test_text(table: Table, column: int, codes: Sequence[int]) -> str:
    path, labels = decision_path(table, column), table.labels[column] or ()
    if table.kind[column] == ONE:
        return f"{path} is {' or '.join(labels[code] for code in codes)}"
    if table.kind[column] == BIT:
        return f"{path} holds {labels[set_columns(table, column).index(column)]}"
    low, step = float(table.low[column]), float(table.step[column])
    values = [number_text(value_at(low, step, code), bool(table.integer[column])) for code in codes]
    if codes[-1] == int(table.card[column]) - 1 and len(codes) == codes[-1] - codes[0] + 1:
        return f"{path} >= {values[0]}"
    return f"{path} is {' or '.join(values)}"


def _obvious(table: Table, path: str, test: Test | Member) -> bool:
    """Whether a path says by itself that a test holds: it lies below the tested decision."""
    above = decision_path(table, test.column if isinstance(test, Test) else test.columns[0])
    return path.startswith((f"{above}/", f"{above}["))


def expression_text(table: Table, x: Instance) -> str:
    """Return an expression over decisions in the words of the language, decisions by path."""
    match x:
        case Constant(value=value):
            return constant_text(value)
        case External(name=name) | Fact(name=name):
            return name
        case Decided(path=path) | Members(path=path) | Varying(path=path) | Repeated(path=path):
            return path
        case Scoped(body=body):
            return expression_text(table, body)
        case Gathered(items=items):
            return f"[{', '.join(expression_text(table, item) for item in items)}]"
        case Formula(op="guarded", args=(inner, _)):
            return expression_text(table, inner)
        case Formula(op="rows", args=args):
            return f"({', '.join(expression_text(table, a) for a in args)}) in a table of rows"
        case Formula(op=op, args=args):
            return _operation_text(op, [_inside(table, a, op) for a in args])
        case _:
            return "..."


def _inside(table: Table, x: Instance, op: str) -> str:
    words = expression_text(table, x)
    inner = x.args[0] if isinstance(x, Formula) and x.op == "guarded" else x
    return f"({words})" if isinstance(inner, Formula) and inner.op in _INFIX and op in _INFIX | {"not", "neg"} else words


def _operation_text(op: str, args: Sequence[str]) -> str:
    match op, args:
        case "neg", (value,):
            return f"-{value}"
        case "not", (value,):
            return f"not {value}"
        case "if", (condition, then, other):
            return f"{then} if {condition} else {other}"
        case _ if op in _INFIX:
            return f" {op} ".join(args)
        case _:
            return f"{op}({', '.join(args)})"


def set_of(table: Table, column: int) -> SetOf | None:
    """Return the set that a column is a part of, None where it is a decision by itself."""
    return table.plan.step(column).members


def set_columns(table: Table, column: int) -> tuple[int, ...]:
    """Return the columns of the decision that a column is a part of."""
    members = set_of(table, column)
    return (column,) if members is None else members.columns


def decision_path(table: Table, column: int) -> str:
    """Return the path of the decision that a column is a part of: a set has one for all its columns."""
    members = set_of(table, column)
    return table.path[column] if members is None else members.path


def columns(table: Table) -> list[int]:
    """Return a column for each decision, the first where it has several, in table order."""
    return [c for c in range(len(table)) if set_columns(table, c)[0] == c]


def number_text(value: float, whole: bool = False) -> str:
    """Return a number as short as it can be read.

    >>> number_text(8.0, True), number_text(0.30000000000000004), number_text(1e-05)
    ('8', '0.3', '1e-05')
    """
    return str(int(value)) if whole else f"{value:.6g}"


def few_digits(value: float) -> str:
    """Return a number that changes while one looks at it: whole ones whole, others to four digits.

    >>> few_digits(0.983286908), few_digits(53714.0), few_digits(0.00012345)
    ('0.9833', '53714', '0.0001234')
    """
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.4g}"


def constant_text(value: Scalar) -> str:
    """Return a constant as the language writes it, long numbers short."""
    return number_text(value) if isinstance(value, float) else literal(value)


def value_text(value: object) -> str:
    """Return the value of a decision in a candidate; the members of a set side by side, of a schedule both ends.

    >>> value_text(0.1234567891), value_text(["a", "b"]), value_text([]), value_text(None), value_text(True)
    ('0.123457', 'a, b', 'none of them', 'none', 'true')
    """
    match value:
        case {"progress": list(), "values": [first, *rest]}:
            return f"{value_text(first)} to {value_text(rest[-1] if rest else first)} by a schedule"
        case list() | tuple():
            return ", ".join(map(value_text, value)) or "none of them"
        case None | bool() | int() | float() | str():
            return constant_text(value)
        case np.generic():
            return value_text(value.item())
        case _:
            return str(value)


def size_text(size: Size) -> str:
    """Return a size in words.

    >>> size_text(Size(508032, False, True)), size_text(Size(10**80, True, False))
    ('at most 508,032 candidates, floats counted once', '1.00e80 candidates')
    """
    count = f"{size.value:,}" if size.value < 10**15 else _powers(size.value)
    noun = "candidate" if size.value == 1 else "candidates"
    return f"{'' if size.exact else 'at most '}{count} {noun}{', floats counted once' if size.continuous else ''}"


def _powers(value: int) -> str:
    digits = str(value)
    return f"{digits[0]}.{digits[1:3]}e{len(digits) - 1}"


def _listed(labels: Sequence[str], between: str) -> str:
    shown = between.join(labels[:MOST_OPTIONS])
    return shown if len(labels) <= MOST_OPTIONS else f"{shown}{between}... ({len(labels)} options)"
