"""The pass `prune`: options and values that no candidate has are dropped."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symbolic.errors import SpaceError
from symbolic.nodes import Const, Edit
from symbolic.passes.edits import listed, set_at, value_at_code, with_edits
from symbolic.space import Space
from symbolic.table.diagram.diagram import Branch, Diagram
from symbolic.table.table import BIT, INT, ONE, Table

MOST = 100_000
"""Values of a range at most; larger ones stay as they are."""


def prune(space: Space) -> Space:
    """Return the space with every decision limited to what some candidate uses; it has the same candidates.

    Unchanged where the decision diagram is not exact. Ranges whose bounds depend on decisions, and permutations, stay. Raises
    E501 for a space without candidates.

    >>> from symbolic.language.load import parse
    >>> prune(parse("x = 1..9\\ny = 1 | 2\\nrequire x * y < 4")).text().splitlines()[-1]
    'limit "x" to [1, 2, 3]'
    """
    space.size()
    table = space.lower()
    try:
        diagram = table.diagram
    except SpaceError:
        return space
    if diagram.relaxed:
        return space
    made = [edit for column, used in _used(diagram).items() if (edit := _edit(table, column, used)) is not None]
    made += _sets(table, _used(diagram))
    return with_edits(space, made)


def _used(diagram: Diagram) -> dict[int, NDArray[np.bool_]]:
    """Return for the columns whose layers have edges which codes lie on a path to the end `[code]`."""
    used: dict[int, NDArray[np.bool_]] = {}
    for at, layer in enumerate(diagram.layers):
        if isinstance(layer, Branch) and diagram.table.card[layer.column] <= MOST:
            alive = np.asarray(diagram.counts[at + 1][layer.to] != 0, np.bool_)
            codes = layer.code[alive]
            found = np.zeros(max(int(diagram.table.card[layer.column]), 1), np.bool_)
            found[codes[codes >= 0]] = True
            used[layer.column] = found
    return used


def _edit(table: Table, column: int, used: NDArray[np.bool_]) -> Edit | None:
    if table.kind[column] not in (ONE, INT) or table.low_x[column] is not None or table.high_x[column] is not None:
        return None
    if used.all() or not used.any():
        return None
    values = [value_at_code(table, column, code) for code in np.flatnonzero(used).tolist()]
    path = table.path[column]
    return Edit("fix", path, Const(values[0])) if len(values) == 1 else Edit("limit", path, listed(values))


def _sets(table: Table, used: dict[int, NDArray[np.bool_]]) -> list[Edit]:
    made = []
    for members in table.sets:
        if not members.columns or table.kind[members.columns[0]] != BIT or any(c not in used for c in members.columns):
            continue
        assert set_at(table, members.columns[0]) is members
        labels = table.labels[members.columns[0]] or ()
        kept = [label for label, c in zip(labels, members.columns, strict=True) if used[c][1:].any()]
        if kept and len(kept) < len(labels):
            made.append(Edit("limit", members.path, listed(kept)))
    return made
