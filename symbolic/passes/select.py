"""The pass `select`: search some decisions only, with the rest fixed."""

from __future__ import annotations

from collections.abc import Iterable

from symbolic.candidate import Candidate
from symbolic.errors import SpaceError, nearest
from symbolic.passes.edits import default_of, set_at
from symbolic.passes.freeze import freeze
from symbolic.space import Space
from symbolic.table.reads import column_reads
from symbolic.table.renames import is_below
from symbolic.table.table import Table


def select(space: Space, paths: Iterable[str], base: Candidate | None = None) -> Space:
    """Return the space with every decision outside `paths` fixed: to its value in `base`, else to its default.

    A path stands for itself and all below it. Raises E406 for one that leads to no decision.

    >>> from symbolic.language.load import parse
    >>> select(parse("a = 1..9\\nb { c: 1 | 2, d: 3 | 4 }"), ["b"]).lower().path
    ('b/c', 'b/d')
    """
    wanted = list(paths)
    known = space.lower().path
    for path in wanted:
        if not any(is_below(k, path) for k in [*known, *(e.path for e in space.edits)]):
            raise SpaceError("E406", f"no decision {path!r} to select", hint=nearest(path, known))
    values = {} if base is None else base.to_dict()
    while found := _outermost(space.lower(), wanted):
        table = space.lower()
        fixed = {path: values.get(path, default_of(table, column)) for path, column in found.items()}
        space = freeze(space, fixed)
    return space


def _outermost(table: Table, wanted: list[str]) -> dict[str, int]:
    """Return the decisions outside of what is wanted that depend on no other such decision, by path, with a column each."""
    outside: dict[int, str] = {}
    for column, path in enumerate(table.path):
        members = set_at(table, column)
        whole = path if members is None else members.path
        if not any(is_below(whole, w) for w in wanted):
            outside[column] = whole
    free = {path: column for column, path in outside.items() if not column_reads(table, column) & outside.keys()}
    return {path: table.where[path] for path in free}
