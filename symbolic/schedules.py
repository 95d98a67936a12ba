"""Schedules as values: a decision that may change while weights live on (a learning rate) holds a course instead of one value.

As data a schedule is `{"progress": [0.0, 0.5], "values": [0.1, 0.01]}`: each value holds from its progress in the training on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import Any

import attrs
import numpy as np

from symbolic.errors import SpaceError
from symbolic.points import Point, Schedule
from symbolic.table.convert import from_dict, to_dict
from symbolic.table.table import FLOAT, INT, Table

_KEYS = {"progress", "values"}


def with_schedules(table: Table, point: Point) -> dict[str, Any]:
    """Return path -> value of the active decisions, a schedule where the point has one."""
    values = to_dict(table, point)
    return values | {path: as_data(schedule) for path, schedule in point.schedules.items()}


def as_data(schedule: Schedule) -> dict[str, list[float]]:
    """Return a schedule as JSON data.

    >>> as_data(Schedule((0.0, 0.5), (0.1, 0.01)))
    {'progress': [0.0, 0.5], 'values': [0.1, 0.01]}
    """
    return {"progress": list(schedule.progress), "values": list(schedule.values)}


def point_of(table: Table, values: Mapping[str, Any], fill: Collection[int] = ()) -> Point:
    """Return the point with exactly these values by path, schedules among them; its codes are those of their first values.

    Columns in `fill` take their defaults where they are active and not given. Raises E601 as `from_dict` does: for every value
    of a schedule, and for one that does not begin at 0, does not rise, or stands for a decision that is no number or decides
    which others are active.
    """
    given = values.items() if isinstance(values, Mapping) else ()  # what is no mapping is refused below
    schedules = {path: _schedule(path, value) for path, value in given if _is_schedule(value)}
    if not schedules:
        return from_dict(table, values, fill)
    first = {path: _value(table, path, s.values[0]) for path, s in schedules.items()}
    point = from_dict(table, {**values, **first}, fill)
    for path, schedule in schedules.items():
        for value in dict.fromkeys(schedule.values):
            other = from_dict(table, {**values, **first, path: _value(table, path, value)}, fill)
            if not np.array_equal(other.index < 0, point.index < 0):
                raise SpaceError("E601", f"{path!r} cannot follow a schedule: it decides which other decisions are active")
    return attrs.evolve(point, schedules=schedules)


def _is_schedule(value: object) -> bool:
    return isinstance(value, Schedule) or (isinstance(value, Mapping) and set(value) == _KEYS)


def _schedule(path: str, value: Any) -> Schedule:
    given = as_data(value) if isinstance(value, Schedule) else value
    made = Schedule(_numbers(path, given["progress"]), _numbers(path, given["values"]))
    rises = all(a < b for a, b in pairwise(made.progress)) and made.progress[:1] == (0.0,) and made.progress[-1] <= 1.0
    if not rises or len(made.progress) != len(made.values):
        raise SpaceError(
            "E601",
            f"{path!r} has no schedule in {as_data(made)}",
            hint="progress begins at 0 and rises to at most 1, with one value for each",
        )
    return made


def _numbers(path: str, value: Any) -> tuple[float, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(x, int | float) and not isinstance(x, bool) for x in value):
        raise SpaceError("E601", f"{path!r} has no schedule in {value!r}", hint="progress and values are lists of numbers")
    return tuple(float(x) for x in value)


def _value(table: Table, path: str, value: float) -> float | int:
    """A value of a schedule as the decision has it. Raises E601 for a decision that is no number."""
    column = table.where.get(path)
    if column is not None and table.kind[column] not in (INT, FLOAT):
        raise SpaceError("E601", f"{path!r} cannot follow a schedule: it is no number")
    whole = column is not None and bool(table.integer[column]) and float(value).is_integer()
    return int(value) if whole else float(value)
