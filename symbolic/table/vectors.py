"""Operations of the language on columns of values, with what is known of each row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from symbolic.table.scalars import COMPARISONS, TOLERANCE
from symbolic.table.table import F64, Bools

Values: TypeAlias = tuple[F64, Bools]
"""Values `[row]` and whether each is known `[row]`; an unknown value is any number."""

_ARITHMETIC: dict[str, Callable[..., F64]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "//": np.floor_divide,
    "%": np.mod,
    "**": np.power,
    "neg": np.negative,
    "abs": np.abs,
    "min": lambda *v: np.asarray(np.minimum.reduce(v), np.float64),
    "max": lambda *v: np.asarray(np.maximum.reduce(v), np.float64),
    "round": lambda v: np.floor(v + 0.5),
    "floor": np.floor,
    "ceil": np.ceil,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "exp": np.exp,
    "sqrt": np.sqrt,
}


def any_of(masks: Sequence[Bools]) -> Bools:
    """Return where one of the masks (at least one) holds."""
    return np.asarray(np.logical_or.reduce(list(masks)), np.bool_)


def all_of(masks: Sequence[Bools]) -> Bools:
    """Return where all of the masks (at least one) hold."""
    return np.asarray(np.logical_and.reduce(list(masks)), np.bool_)


def compare(op: str, a: F64, b: F64 | float) -> Bools:
    """Compare numbers up to `TOLERANCE`; NaN equals nothing."""
    with np.errstate(invalid="ignore"):
        largest = np.maximum(np.abs(a), np.abs(b))
        close = np.isfinite(largest) & (np.abs(a - b) <= TOLERANCE * largest)
        equal = np.asarray((a == b) | close, np.bool_)
        match op:
            case "==":
                result = equal
            case "!=":
                result = ~equal
            case "<":
                result = (a < b) & ~equal
            case "<=":
                result = (a < b) | equal
            case ">":
                result = (a > b) & ~equal
            case ">=":
                result = (a > b) | equal
            case _:
                raise AssertionError(op)
    return np.asarray(result, np.bool_)


def combine(op: str, args: Sequence[Values]) -> Values:
    """Apply arithmetic, a comparison, logic or a scalar function row by row, as `scalars.apply` does.

    What is too large for a float is infinite, and known; division by zero and what is no number are unknown.
    """
    values, knowns = [v for v, _ in args], [k for _, k in args]
    if op in ("and", "or"):
        decisive = any_of([k & ((v != 0) == (op == "or")) for v, k in args])
        return (decisive == (op == "or")).astype(np.float64), decisive | all_of(knowns)
    if op == "if":
        holds = values[0] != 0
        return np.where(holds, values[1], values[2]), knowns[0] & np.where(holds, knowns[1], knowns[2])
    known = all_of(knowns)
    if op == "not":
        return (values[0] == 0).astype(np.float64), known
    if op in COMPARISONS:
        return compare(op, values[0], values[1]).astype(np.float64), known
    with np.errstate(all="ignore"):
        result = np.asarray(_ARITHMETIC[op](*values), np.float64)
    return result, known & ~np.isnan(result) & _defined(op, values)


def _defined(op: str, values: Sequence[F64]) -> Bools | bool:
    """Return where an operation has a result; NumPy makes an infinity of a division by zero and of log(0)."""
    match op:
        case "/" | "//" | "%":
            return np.asarray(values[1] != 0, np.bool_)
        case "**":
            return np.asarray((values[0] != 0) | (values[1] >= 0), np.bool_)
        case "log" | "log2" | "log10":
            return np.asarray(values[0] > 0, np.bool_)
        case _:
            return True


def combine_list(op: str, items: Sequence[Values], rows: int) -> Values:
    """Apply `sum mean count any all len min max` to a list, skipping what is unknown in a row."""
    always = np.ones(rows, np.bool_)
    if not items:
        return np.full(rows, float(op == "all")), always if op not in ("min", "max", "mean") else ~always
    values, known = np.stack([v for v, _ in items]), np.stack([k for _, k in items])
    some = any_of(list(known))
    match op:
        case "sum":
            return np.where(known, values, 0.0).sum(0), always
        case "count":
            return (known & (values != 0)).sum(0).astype(np.float64), always
        case "len":
            return known.sum(0).astype(np.float64), always
        case "any":
            return (known & (values != 0)).any(0).astype(np.float64), always
        case "all":
            return (~known | (values != 0)).all(0).astype(np.float64), always
        case "mean":
            return np.where(known, values, 0.0).sum(0) / np.maximum(known.sum(0), 1), some
        case "min":
            return np.where(known, values, np.inf).min(0), some
        case "max":
            return np.where(known, values, -np.inf).max(0), some
        case _:
            raise AssertionError(op)
