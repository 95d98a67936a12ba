"""The pass `discretize`: float ranges become a few values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from symbolic.errors import SpaceError
from symbolic.passes.limit import limit
from symbolic.space import Space
from symbolic.table.priors import real_scale
from symbolic.table.table import FLOAT, Table


def discretize(space: Space, n: int = 8, values: Mapping[str, Sequence[float]] | None = None) -> Space:
    """Return the space with float ranges limited to `n` values: evenly spaced on their own scale, both ends included.

    `values`: the values by path instead, for these ranges only. Raises E406 for a path that is no float range or a value
    outside, `ValueError` for `n` below 2.

    >>> from symbolic.language.load import parse
    >>> discretize(parse("x = 0.0..1.0"), 3).text().splitlines()[-1]
    'limit "x" to [0.0, 0.5, 1.0]'
    """
    if n < 2:
        raise ValueError(f"a range is discretized to at least 2 values, not {n}")
    table = space.lower()
    if values is not None:
        for path in values:
            if path not in table.where or table.kind[table.where[path]] != FLOAT:
                raise SpaceError("E406", f"{path!r} is no float range to discretize")
        return limit(space, values)
    floats = np.flatnonzero(table.kind == FLOAT).tolist()
    return limit(space, {table.path[c]: _spaced(table, c, n) for c in floats})


def _spaced(table: Table, column: int, n: int) -> list[float]:
    scale = real_scale(table, column)
    inside = scale.value(np.linspace(0.0, 1.0, n))[1:-1].tolist()
    return sorted({float(table.low[column]), *(float(f"{v:.15g}") for v in inside), float(table.high[column])})
