"""What the passes share: decisions found by path, values checked against them, edits added to a space."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import numpy as np

from symbolic.errors import SpaceError, nearest
from symbolic.nodes import Arg, Call, Const, Edit, Node, Scalar
from symbolic.points import Point
from symbolic.space import Space
from symbolic.table.convert import value_of
from symbolic.table.expand.expand import dead_edits
from symbolic.table.read_values import read_set, read_value
from symbolic.table.single import Row
from symbolic.table.table import FLOAT, SetOf, Table


def decision_paths(table: Table) -> list[str]:
    """Return the paths of all decisions in table order; a set counts once."""
    sets = {c: s.path for s in table.sets for c in s.columns}
    return list(dict.fromkeys(sets.get(c, path) for c, path in enumerate(table.path)))


def column_of(table: Table, path: str, verb: str) -> int:
    """Return the column of a decision, the first of a set. Raises E406 with the nearest path."""
    known = decision_paths(table)
    if path in table.where and path in known:
        return table.where[path]
    hint = nearest(path, known) or "`symspace show` lists the paths"
    raise SpaceError("E406", f"no decision {path!r} to {verb}", hint=hint)


def set_at(table: Table, column: int) -> SetOf | None:
    """Return the set that a column belongs to."""
    return next((s for s in table.sets if column in s.columns), None)


def constant(table: Table, path: str, given: Any, verb: str = "fix") -> Node:
    """Return a value as an edit holds it: checked against its decision. Raises E406 for one that it cannot have."""
    column = column_of(table, path, verb)
    members = set_at(table, column)
    value = given.item() if hasattr(given, "item") else given
    try:
        if members is not None:
            read_set(table, members, given)
            return Call("list", tuple(Arg(None, Const(label)) for label in given))
        read_value(Row(table, [-1] * len(table), [0.0] * table.n_floats), column, value)
    except SpaceError as e:
        raise SpaceError("E406", e.message, hint=e.hint) from e
    return Const(value)


def listed(values: Iterable[Scalar]) -> Call:
    """Return values as a limit holds them."""
    return Call("list", tuple(Arg(None, Const(v)) for v in values))


def default_of(table: Table, column: int) -> Any:
    """Return the default of a decision as a candidate holds it, given its (first) column."""
    members = set_at(table, column)
    if members is not None:
        labels, codes = table.labels[column] or (), [int(table.default[c]) for c in members.columns]
        if members.ordered:
            return [labels[c - 1] for c in codes if c > 0]
        return [labels[k] for k, c in enumerate(codes) for _ in range(c)]
    if table.kind[column] == FLOAT:
        return float(table.default[column])
    return value_at_code(table, column, int(table.default[column]))


def value_at_code(table: Table, column: int, code: int) -> Scalar:
    """Return the value that a code of a one-of or integer stands for."""
    codes = np.zeros(len(table), np.int32)
    codes[column] = code
    return value_of(table, Point(codes, np.zeros(table.n_floats)), column)


def with_edits(space: Space, made: Sequence[Edit]) -> Space:
    """Return the space with edits added, in place of any it had at their paths; sorted by path.

    Those it had of decisions that are gone now, because an option was taken away, are dropped.
    """
    paths = {e.path for e in made}
    kept = [e for e in space.edits if e.path not in paths]
    result = attrs.evolve(space, edits=tuple(sorted([*kept, *made], key=lambda e: e.path)))
    dead = dead_edits(result) - paths if kept else frozenset()
    return attrs.evolve(result, edits=tuple(e for e in result.edits if e.path not in dead)) if dead else result
