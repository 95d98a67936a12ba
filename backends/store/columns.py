"""Points of a stored study, read by the paths they were written with, so a library that lowers in another order reads them."""

from __future__ import annotations

import json
from typing import Any

import attrs
import numpy as np

from symbolic.points import Point
from symbolic.search.plain import decode_schedules, dumps, encode_schedules, read_json
from symbolic.search.store import StoreError
from symbolic.table.table import FLOAT, INT, KINDS, Table


def describe(table: Table) -> str:
    """Return the columns of a table as JSON: per column its path, kind, and labels or low, step and number of codes."""
    rows: list[list[Any]] = []
    for c, path in enumerate(table.path):
        kind, labels = int(table.kind[c]), table.labels[c]
        detail: Any = list(labels) if labels is not None else int(table.card[c])
        if kind == INT:
            detail = [float(table.low[c]), float(table.step[c]), int(table.card[c])]
        if kind == FLOAT:
            detail = [float(table.low[c]), float(table.high[c]), "log" if table.log[c] else "linear"]
        rows.append([path, KINDS[kind], detail])
    return dumps(rows)


def write(point: Point) -> str:
    """Return a point as JSON: codes, values, and schedules where it has some."""
    parts: list[Any] = [point.index.tolist(), point.real.tolist()]
    if point.schedules:
        parts.append(encode_schedules(point.schedules))
    return json.dumps(parts, separators=(",", ":"), allow_nan=False)


@attrs.frozen
class Reader:
    """Reads points written with the columns `stored` as points of `table`.

    `take[c]`: the stored column of column c; None where the columns are equal.
    """

    table: Table
    take: tuple[int, ...] | None
    reals: tuple[int, ...] = ()

    def read(self, text: str) -> Point:
        """Return the point of a text."""
        index, real, *schedules = read_json(text)
        codes, values = np.array(index, np.int32), np.array(real, np.float64)
        if self.take is not None:
            codes, values = codes[list(self.take)], values[list(self.reals)]
        return Point(codes, values, decode_schedules(schedules[0]) if schedules else {})


def reader(stored: str, table: Table) -> Reader:
    """Return the reader of points written with the columns `stored`. Raises `StoreError` where a column is another one now."""
    if stored == describe(table):
        return Reader(table, None)
    old = {row[0]: (c, row[1:]) for c, row in enumerate(read_json(stored))}
    new = {row[0]: row[1:] for row in read_json(describe(table))}
    unlike = [path for path in {**old, **new} if path not in old or path not in new or old[path][1] != new[path]]
    if unlike:
        raise StoreError(f"the stored candidates cannot be read: the decision {unlike[0]!r} is not what it was")
    floats = [c for c, row in enumerate(read_json(stored)) if row[1] == KINDS[FLOAT]]
    reals = [floats.index(old[p][0]) for p, kind in zip(table.path, table.kind, strict=True) if int(kind) == FLOAT]
    return Reader(table, tuple(old[p][0] for p in table.path), tuple(reals))
