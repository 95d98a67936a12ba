"""The pass `limit`: decisions keep some of their options or values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symbolic.errors import SpaceError
from symbolic.nodes import Const, Edit, Scalar
from symbolic.passes.edits import column_of, constant, listed, set_at, with_edits
from symbolic.space import Space
from symbolic.table.table import Table


def limit(space: Space, values: Mapping[str, Sequence[Any]]) -> Space:
    """Return the space with decisions limited to some options (by value or label), counts or numbers, by path.

    The order stays that of the options or the range; weights are taken relative to each other. One value left fixes the
    decision; of a set, the options it may still pick are given. Raises E406 for a path that is no decision, a value that it
    cannot have, and an empty list.

    >>> from symbolic.language.load import parse
    >>> limit(parse("x = 1..9"), {"x": [7, 2]}).text().splitlines()[-1]
    'limit "x" to [2, 7]'
    """
    table = space.lower()
    return with_edits(space, [_edit(table, path, given) for path, given in values.items()])


def _edit(table: Table, path: str, given: Sequence[Any]) -> Edit:
    column = column_of(table, path, "limit")
    members = set_at(table, column)
    if members is not None:
        labels = table.labels[column] or ()
        stranger = next((v for v in given if v not in labels), None)
        if stranger is not None or not given:
            raise SpaceError("E406", f"{path!r} cannot pick from {list(given)!r}", hint=f"options: {', '.join(labels[:12])}")
        return Edit("limit", path, listed(label for label in labels if label in given))
    if not given:
        raise SpaceError("E406", f"{path!r} is limited to nothing", hint="give the values that stay")
    kept = [_checked(table, path, column, v) for v in given]
    ordered = _in_order(table, column, kept)
    return Edit("fix", path, Const(ordered[0])) if len(ordered) == 1 else Edit("limit", path, listed(ordered))


def _checked(table: Table, path: str, column: int, value: Any) -> Scalar:
    """Return a value of a decision; a label stands for its option's value."""
    labels, values = table.labels[column], table.values[column]
    if labels is not None and values is not None and isinstance(value, str) and value in labels:
        return values[labels.index(value)]
    found = constant(table, path, value, "limit")
    assert isinstance(found, Const)
    return found.value


def _in_order(table: Table, column: int, kept: Sequence[Scalar]) -> list[Scalar]:
    options = table.values[column]
    if options is not None:
        return [
            v for v in options if any((type(v) is type(k) and v == k) or (_number(v) and _number(k) and v == k) for k in kept)
        ]
    return sorted(set(kept), key=lambda v: v if isinstance(v, int | float) else 0)


def _number(value: Scalar) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
