"""Why a decision is not active in a candidate, in words."""

from __future__ import annotations

from symbolic.table.grid import value_at
from symbolic.table.single import Row
from symbolic.table.table import BIT, INT, ONE, AnyOf, Member, Test, When


def why_inactive(row: Row, guard: int) -> str | None:
    """Return what keeps a guard from holding, such as `optim/type is 'adam'`; None where no one reason can be told."""
    while guard != -1:
        match row.table.guards[guard]:
            case Test(parent=parent, column=column):
                if row.codes[column] >= 0:
                    return _value(row, column)
                guard = int(row.table.guard[column]) if parent == -1 or row.holds(parent) else parent
            case Member(parent=parent, columns=columns, code=code):
                if row.codes[columns[0]] >= 0:
                    label = (row.table.labels[columns[0]] or ())[code - 1]
                    return f"{label!r} is not picked"
                guard = parent
            case When(parent=parent):
                if row.holds(parent):
                    return "its condition does not hold"
                guard = parent
            case AnyOf(guards=guards):
                return why_inactive(row, guards[0]) if len(guards) == 1 else "none of its uses is active"
    return None


def _value(row: Row, column: int) -> str:
    path, code, kind = row.table.path[column], row.codes[column], row.table.kind[column]
    if kind == ONE:
        return f"{path} is {(row.table.values[column] or ())[code]!r}"
    if kind == BIT:
        members = next(s for s in row.table.sets if column in s.columns)
        return f"{(row.table.labels[column] or ())[members.columns.index(column)]!r} is not in {members.path}"
    assert kind == INT
    value = value_at(float(row.table.low[column]), float(row.table.step[column]), code)
    return f"{path} is {int(value) if row.table.integer[column] else value}"
