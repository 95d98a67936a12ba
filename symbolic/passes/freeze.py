"""The pass `freeze`: some decisions of a space become constants, by path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolic.errors import SpaceError
from symbolic.nodes import Call, Const, Edit
from symbolic.passes.edits import constant, with_edits
from symbolic.space import Space


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
    if not isinstance(values, Mapping):
        raise SpaceError("E406", f"{values!r} is no mapping of paths to values", hint="write freeze({'train/lr': 0.1})")
    table = space.lower()
    fixed = {e.path: e for e in space.edits if e.kind == "fix"}
    made = [
        _same(fixed[path], given) if path in fixed else Edit("fix", path, constant(table, path, given))
        for path, given in values.items()
    ]
    return with_edits(space, made)


def _same(edit: Edit, given: Any) -> Edit:
    """Return an edit that fixed a decision before. Raises E406 for another value: there is no column to change any more."""
    before = [a.value for a in edit.value.args] if isinstance(edit.value, Call) else [edit.value]
    wanted = list(given) if isinstance(given, list | tuple) else [given]
    if [Const(w) for w in wanted] != before:
        raise SpaceError("E406", f"{edit.path!r} is fixed already, to another value", hint="freeze the space it came from")
    return edit
