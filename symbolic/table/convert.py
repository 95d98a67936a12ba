"""Candidates as plain data: path -> value, there and back, and the candidate of defaults."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from symbolic.errors import SpaceError, nearest
from symbolic.nodes import Scalar
from symbolic.points import Point, Population
from symbolic.table.close import Defaults, settle
from symbolic.table.constrain import satisfies
from symbolic.table.grid import value_at
from symbolic.table.inactive import why_inactive
from symbolic.table.read_values import read_set, read_value, shown
from symbolic.table.single import Row
from symbolic.table.table import BIT, FLOAT, INT, ONE, ORDER, SetOf, Table

__all__ = ["default_point", "from_dict", "to_dict", "value_of"]


def to_dict(table: Table, point: Point) -> dict[str, Any]:
    """Return path -> value of the active decisions, in table order.

    A one-of is the value of its constant option, else the label; a subset its labels in option order, each as often as a
    multiset has it; a permutation its labels in order. Numbers are ints and floats of Python.
    """
    sets = {s.columns[0]: s for s in table.sets if s.columns}
    codes, kinds = point.index.tolist(), table.kind.tolist()
    out: dict[str, Any] = {}
    for column, code in enumerate(codes):
        if code < 0:
            continue
        if kinds[column] not in (BIT, ORDER):
            out[table.path[column]] = value_of(table, point, column)
        elif column in sets:
            out[sets[column].path] = _picks(table, sets[column], codes)
    return out


def value_of(table: Table, point: Point, column: int) -> Scalar:
    """Return the value of an active one-of, integer or float column."""
    code = int(point.index[column])
    if table.kind[column] == ONE:
        return (table.values[column] or ())[code]
    if table.kind[column] == INT:
        value = value_at(float(table.low[column]), float(table.step[column]), code)
        return int(value) if table.integer[column] else value
    return float(point.real[table.float_column[column]])


def _picks(table: Table, members: SetOf, codes: list[int]) -> list[str]:
    labels = table.labels[members.columns[0]] or ()
    picked = [codes[c] for c in members.columns]
    if members.ordered:
        return [labels[code - 1] for code in picked if code > 0]
    return [labels[k] for k, code in enumerate(picked) for _ in range(code)]


def from_dict(table: Table, values: Mapping[str, Any], fill: Collection[int] = ()) -> Point:
    """Return the point with exactly these values by path; the inverse of `to_dict`.

    Columns in `fill` take their defaults where they are active and not given.

    Raises E601 for a path that is missing, unknown or not active, a value that is not allowed, and a violated constraint.
    `3.0` is read for `3` and back, `true` never for `1`.
    """
    if not isinstance(values, Mapping):
        raise SpaceError("E601", f"a candidate is a mapping, path to value; got {type(values).__name__}")
    sets = {c: s for s in table.sets for c in s.columns}
    known = {s.path for s in table.sets} | {p for c, p in enumerate(table.path) if c not in sets}
    for path in values:
        if path not in known:
            raise _unknown(table, str(path), known)
    row = Row(table, [-1] * len(table), [0.0] * table.n_floats)
    for column in table.order.tolist():
        members = sets.get(column)
        if members is None:
            _place_value(row, column, values, fill)
        elif column == members.columns[0]:
            _place_set(row, members, values, fill)
    _refuse_broken(row)
    return Point(np.array(row.codes, np.int32), np.array(row.reals, np.float64))


def complete(table: Table, values: Mapping[str, Any]) -> Point:
    """Return the point that takes the values of its active decisions from `values`, whatever else these hold.

    Raises E601 as `from_dict` does, but for values of what is not active or not there.
    """
    row = Row(table, [-1] * len(table), [0.0] * table.n_floats)
    sets = {s.columns[0]: s for s in table.sets if s.columns}
    members = {c for s in table.sets for c in s.columns}
    for column in table.order.tolist():
        if column not in members and row.holds(int(table.guard[column])):
            _place_value(row, column, values, ())
        elif column in sets and row.holds(sets[column].guard):
            _place_set(row, sets[column], values, ())
    _refuse_broken(row)
    return Point(np.array(row.codes, np.int32), np.array(row.reals, np.float64))


def _refuse_broken(row: Row) -> None:
    broken = next((r for r in row.table.rules if row.violates(r)), None)
    if broken is not None:
        raise SpaceError("E601", f"the candidate violates: {broken.text}")


def _place_value(row: Row, column: int, values: Mapping[str, Any], fill: Collection[int]) -> None:
    path = row.table.path[column]
    if not row.holds(int(row.table.guard[column])):
        _refuse_inactive(row, path, int(row.table.guard[column]), values)
        return
    if path not in values and column not in fill:
        raise SpaceError("E601", f"{path!r} is missing", hint=f"it is {allowed_text(row.table, column)}")
    code, real = read_value(row, column, values[path] if path in values else _default_value(row.table, column))
    row.codes[column] = code
    if row.table.kind[column] == FLOAT:
        row.reals[int(row.table.float_column[column])] = real


def _default_value(table: Table, column: int) -> Scalar:
    codes, reals = np.zeros(len(table), np.int32), np.zeros(table.n_floats)
    if table.kind[column] == FLOAT:
        return float(table.default[column])
    codes[column] = int(table.default[column])
    return value_of(table, Point(codes, reals), column)


def _place_set(row: Row, members: SetOf, values: Mapping[str, Any], fill: Collection[int]) -> None:
    if not row.holds(members.guard):
        _refuse_inactive(row, members.path, members.guard, values)
        return
    if members.path not in values:
        if members.columns[0] not in fill:
            raise SpaceError("E601", f"{members.path!r} is missing", hint="it is a list of labels")
        for column in members.columns:
            row.codes[column] = int(row.table.default[column])
        return
    for column, code in zip(members.columns, read_set(row.table, members, values[members.path]), strict=True):
        row.codes[column] = code


def allowed_text(table: Table, column: int) -> str:
    """Describe what a decision may be."""
    if table.kind[column] == ONE:
        return "one of " + ", ".join(shown(v) for v in (table.values[column] or ())[:12])
    low, high, step = (float(a[column]) for a in (table.low, table.high, table.step))
    ends = [int(v) if table.integer[column] else v for v in (low, high)]
    grid = f" step {step:g}" if table.kind[column] == INT and step != 1 else ""
    return f"in {ends[0]}..{ends[1]}{grid}"


def _refuse_inactive(row: Row, path: str, guard: int, values: Mapping[str, Any]) -> None:
    if path in values:
        raise SpaceError("E601", f"{path!r} is not active here", hint=why_inactive(row, guard))


def _unknown(table: Table, path: str, known: set[str]) -> SpaceError:
    if path in table.edited:
        return SpaceError("E601", f"{path!r} is {table.edited[path]}: it is no decision here", hint="leave it out")
    if any(f.path == path for f in table.fidelities):
        return SpaceError("E601", f"{path!r} is unknown", hint="it is a fidelity: no decision, but given when a trial runs")
    owner = next((s.path for s in table.sets if any(table.path[c] == path for c in s.columns)), None)
    hint = f"give {owner!r} a list of labels" if owner is not None else nearest(path, known)
    return SpaceError("E601", f"{path!r} is unknown", hint=hint)


def default_point(table: Table) -> Point:
    """Return the candidate of defaults: trial 0 of a study.

    `default`, else `prior`, else the first option; floats the middle of their own scale, integers and counts the low end,
    sets the shortest of first options. Raises E501 when that violates a constraint.
    """
    empty = Population(np.full((1, len(table)), -1, np.int32), np.zeros((1, table.n_floats)))
    filled = settle(table, empty, Defaults(table), table.plan.steps)
    if not satisfies(table, filled)[0]:
        row = Row(table, filled.index[0].tolist(), filled.real[0].tolist())
        broken = next((r for r in table.rules if row.violates(r)), None)
        reason = f"violates: {broken.text}" if broken is not None else "leaves a range without a value"
        raise SpaceError("E501", f"the candidate of defaults {reason}", broken.span if broken else None, "mark other defaults")
    return filled[0]
