"""A row of codes from outside, such as a file: checked as strictly as a candidate given by path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from symbolic.errors import SpaceError
from symbolic.points import Point
from symbolic.table.convert import from_dict, to_dict
from symbolic.table.table import FLOAT, Table


def read_codes(table: Table, codes: Mapping[str, Sequence[float]]) -> Point:
    """Return the point of `{"index": codes by column, "real": values by float column}`; -1 and 0.0 where inactive.

    Raises E601 for another form, a code that its decision has not, and a row that is no candidate.
    """
    if not isinstance(codes, Mapping) or set(codes) != {"index", "real"}:
        raise SpaceError("E601", "codes are a mapping of `index` and `real`", hint="as `candidate.codes()` gives them")
    index, real = _numbers(codes["index"], "index", len(table)), _numbers(codes["real"], "real", table.n_floats)
    for path, kind, card, code in zip(table.path, table.kind.tolist(), table.card.tolist(), index, strict=True):
        most = 0 if kind == FLOAT else card - 1
        if type(code) is not int or not -1 <= code <= most:
            raise SpaceError("E601", f"{path!r} has no code {code!r}", hint=f"codes are 0..{most}, -1 where it is not active")
    given = Point(np.array(index, np.int32), np.array(real, np.float64))
    found = from_dict(table, to_dict(table, given))
    if found.key != given.key:
        wrong = next((c for c, code in enumerate(index) if int(found.index[c]) != code), None)
        where = "a value of an inactive float is not 0.0" if wrong is None else f"{table.path[wrong]!r} is {index[wrong]}"
        raise SpaceError("E601", f"this row is no candidate: {where}")
    return found


def _numbers(given: object, name: str, wanted: int) -> list[float]:
    values = given.tolist() if isinstance(given, np.ndarray) else given
    if not isinstance(values, list | tuple) or len(values) != wanted or any(type(v) not in (int, float) for v in values):
        raise SpaceError("E601", f"`{name}` is a list of {wanted} numbers here")
    return list(values)
