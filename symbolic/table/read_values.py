"""Reading one value of a candidate against its decision: strict, with messages that say what is allowed (E601)."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from symbolic.errors import SpaceError, nearest
from symbolic.nodes import Scalar
from symbolic.table.grid import code_of, value_at
from symbolic.table.scalars import is_number
from symbolic.table.single import Row
from symbolic.table.table import FLOAT, ONE, SetOf, Table

_LARGEST = 10**300
"""Larger whole numbers are no floats any more."""


def shown(value: object) -> str:
    """Return a value for a message: text in quotes, else as in JSON."""
    return repr(value) if isinstance(value, str) or not isinstance(value, int | float | None) else json.dumps(value)


def read_value(row: Row, column: int, given: Any) -> tuple[int, float]:
    """Return the code, and the value of a float (else 0.0), of a one-of, integer or float.

    Raises E601 for a value that is not allowed, here within the bounds that the codes placed so far leave.
    """
    value = given.item() if isinstance(given, np.generic) else given
    table, path = row.table, row.table.path[column]
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise SpaceError("E601", f"{path!r} cannot be so large a number", hint="at most 1e300 can be told")
    if table.kind[column] == ONE:
        return _option(path, table.values[column] or (), value), 0.0
    if not is_number(value) or not math.isfinite(value):
        raise SpaceError("E601", f"{path!r} cannot be {value!r}", hint="a number is wanted")
    dependent = table.low_x[column] is not None or table.high_x[column] is not None
    if table.kind[column] == FLOAT:
        low, high = row.value_bounds(column) if dependent else (float(table.low[column]), float(table.high[column]))
        if not low <= value <= high:
            raise _outside(path, value, low, high)
        return 0, float(value) + 0.0
    return _code(row, column, value, dependent=dependent), 0.0


def _option(path: str, values: Sequence[Scalar], value: object) -> int:
    for code, option in enumerate(values):
        if type(option) is type(value) and option == value:
            return code
        if is_number(option) and is_number(value) and option == value:
            return code
    if isinstance(value, tuple | list):
        # An option that is a tuple or list is known by its text.
        for text in _texts(value):
            if text in values:
                return values.index(text)
    near = nearest(value, [v for v in values if isinstance(v, str)]) if isinstance(value, str) else None
    some = "one of " + ", ".join(map(shown, values[:12])) + (", ..." if len(values) > 12 else "")
    raise SpaceError("E601", f"{path!r} cannot be {value!r}", hint=near or some)


def _texts(value: object) -> list[str]:
    """Return how a label may write a plain value: a list also as the tuple it may have been before it was stored."""
    match value:
        case None:
            return ["none"]
        case bool():
            return ["true" if value else "false"]
        case int() | float():
            return [repr(value)]
        case str():
            return [value]
        case tuple() | list():
            parts = [json.dumps(v, ensure_ascii=True) if isinstance(v, str) else (_texts(v) or [""])[0] for v in value]
            inner = ", ".join(parts)
            texts = [f"({inner},)" if len(parts) == 1 else f"({inner})", f"[{inner}]"]
            return texts if isinstance(value, tuple) else texts[::-1]
        case _:
            return []


def _code(row: Row, column: int, value: float, *, dependent: bool) -> int:
    table = row.table
    base, step, top = float(table.low[column]), float(table.step[column]), int(table.card[column]) - 1
    first, last = row.code_bounds(column) if dependent else (0, top)
    low, high = value_at(base, step, first), value_at(base, step, last)
    ends = (int(low), int(high)) if table.integer[column] else (low, high)
    if not low <= value <= high:
        raise _outside(table.path[column], value, *ends)
    code = code_of(base, step, value)
    if code is None:
        hint = f"{ends[0]}..{ends[1]} step {int(step) if table.integer[column] else step}"
        raise SpaceError("E601", f"{table.path[column]!r} = {value!r} is not on the grid", hint=hint)
    return code


def _outside(path: str, value: float, low: float, high: float) -> SpaceError:
    if low > high:
        return SpaceError("E601", f"{path!r} = {value!r} is outside its bounds, which leave no value here")
    return SpaceError("E601", f"{path!r} = {value!r} is outside {low}..{high}")


def read_set(table: Table, members: SetOf, given: Any) -> list[int]:
    """Return the codes of a set's columns. A subset may be given in any order. Raises E601."""
    labels = table.labels[members.columns[0]] or () if members.columns else ()
    count = f"{members.low}" if members.low == members.high else f"{members.low}..{members.high}"
    hint = f"{count} {'' if members.most > 1 else 'different ones '}of {', '.join(labels[:12])}"
    if not isinstance(given, list | tuple):
        raise SpaceError("E601", f"{members.path!r} cannot be {given!r}", hint=f"a list of labels: {hint}")
    # Options that are no texts may be given by value.
    named = [next((text for text in _texts(v) if text in labels), v) for v in given]
    if not all(isinstance(v, str) for v in named):
        raise SpaceError("E601", f"{members.path!r} cannot be {given!r}", hint=f"a list of labels: {hint}")
    given = named
    stranger = next((v for v in given if v not in labels), None)
    if stranger is not None:
        hint = nearest(stranger, labels) or hint
    twice = members.most == 1 and len(set(given)) != len(given)
    if stranger is not None or twice or not members.low <= len(given) <= members.high:
        raise SpaceError("E601", f"{members.path!r} cannot be {list(given)!r}", hint=hint)
    if not members.ordered:
        return [list(given).count(label) for label in labels]
    codes = [labels.index(v) + 1 for v in given]
    return codes + [0] * (len(members.columns) - len(codes))
