"""The pass `freeze`: some decisions of a space become constants, by path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from symbolic.errors import SpaceError, nearest
from symbolic.nodes import Arg, Call, Const, Edit, Node
from symbolic.space import Space
from symbolic.table.read_values import read_set, read_value
from symbolic.table.single import Row
from symbolic.table.table import Table


def freeze(space: Space, values: Mapping[str, Any]) -> Space:
    """Return the space with decisions fixed: `fix path to value`, for labels, numbers and lists of labels.

    A fixed decision has no column, options that are not taken are not expanded, and the value applies where the path is
    active. Every other path keeps its meaning. Raises E406 for a path that is no decision or a value it cannot have.

    >>> from symbolic.language.load import parse
    >>> print(freeze(parse("x = 1 | 2\\ny = 1 | 2"), {"y": 2}).text())
    space space version 1
    x = 1 | 2
    y = 1 | 2
    fix "y" to 2
    <BLANKLINE>
    """
    table = space.lower()
    fixed = {e.path: e for e in space.edits if e.kind == "fix"}
    made = [Edit("fix", path, _value(table, path, given, fixed)) for path, given in values.items()]
    kept = [e for e in space.edits if e.path not in values]
    return attrs.evolve(space, edits=tuple(sorted([*kept, *made], key=lambda e: e.path)))


def _value(table: Table, path: str, given: Any, fixed: Mapping[str, Edit]) -> Node:
    """Return a value as an edit holds it, checked against the decision at the path."""
    if path in fixed:
        return _same(fixed[path], given)
    sets = {s.path: s for s in table.sets}
    try:
        if path in sets:
            read_set(table, sets[path], given)
            return Call("list", tuple(Arg(None, Const(label)) for label in given))
        if path in table.where and not any(table.where[path] in s.columns for s in table.sets):
            value = given.item() if hasattr(given, "item") else given
            read_value(Row(table, [-1] * len(table), [0.0] * table.n_floats), table.where[path], value)
            return Const(value)
    except SpaceError as e:
        raise SpaceError("E406", e.message, hint=e.hint) from e
    known = [*sets, *(p for p in table.path if p not in sets)]
    raise SpaceError("E406", f"no decision {path!r} to fix", hint=nearest(path, known) or "`symspace show` lists the paths")


def _same(edit: Edit, given: Any) -> Node:
    """Return the value of a decision fixed before. Raises E406 for another one: it has no column to change any more."""
    before = [a.value for a in edit.value.args] if isinstance(edit.value, Call) else [edit.value]
    wanted = list(given) if isinstance(given, list | tuple) else [given]
    if [Const(w) for w in wanted] != before:
        raise SpaceError("E406", f"{edit.path!r} is fixed already, to another value", hint="freeze the space it came from")
    return edit.value
