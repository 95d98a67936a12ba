"""Candidates of an older version of a space, read in a newer one: by path, as far as every value still has a meaning."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from symbolic.candidate import Candidate
from symbolic.errors import SpaceError
from symbolic.nodes import Rename
from symbolic.schedules import point_of
from symbolic.space import Space
from symbolic.table.convert import to_dict
from symbolic.table.renames import inside, moved
from symbolic.table.scalars import literal
from symbolic.table.table import ONE, Table


@attrs.frozen
class Lost:
    """A candidate that has no meaning in the newer space, and why.

    `unknown`: paths that the newer space does not know at all although every other value is allowed there; `missing`: new
    decisions that are active and have no default. Both are mended in the newer space's text; where both are empty a value or
    the whole candidate is no longer allowed.
    """

    reason: str
    unknown: tuple[str, ...] = attrs.field(default=(), eq=False)
    missing: tuple[str, ...] = attrs.field(default=(), eq=False)


def migrate(candidate: Candidate | Mapping[str, Any], old: Space, new: Space) -> Candidate | Lost:
    """Return a candidate of `old`, or its values by path, as a candidate of `new`; or why it is none.

    Paths and options move as `renamed` in `new` says. Then every path must exist, be active, and allow its value; a decision
    that is new takes its default where the author gave one. Nothing is dropped and nothing is guessed.

    >>> from symbolic.language.load import parse
    >>> old, new = parse("x = 1 | 2"), parse('width = 1 | 2 | 4\\nact = "relu" | default "gelu"\\nrenamed "x" to "width"')
    >>> migrate({"x": 2}, old, new).to_dict()
    {'width': 2, 'act': 'gelu'}
    """
    values = candidate.to_dict() if isinstance(candidate, Candidate) else candidate
    table = new.lower()
    made: dict[str, Any] = {}
    for path, value in values.items():
        at = moved(path, new.renames)
        if at in made:
            return Lost(f"{path!r} and another decision are both {at!r} now")
        made[at] = _moved_value(old.lower(), table, path, at, value, new.renames)
    try:
        return Candidate(new, point_of(table, made, table.marked))
    except SpaceError as e:
        return _lost(table, made, e)


def _lost(table: Table, made: Mapping[str, Any], error: SpaceError) -> Lost:
    """Say why values are no candidate, telling decisions that are gone or new from values that are not allowed."""
    reason = error.message + (f" ({error.hint})" if error.hint else "")
    known = {s.path for s in table.sets} | set(table.path) | set(table.edited)
    try:
        filled = to_dict(table, point_of(table, {p: v for p, v in made.items() if p in known}, range(len(table))))
    except SpaceError:
        return Lost(reason)
    first = {s.path: s.columns[0] for s in table.sets if s.columns}
    missing = [p for p in filled if p not in made and first.get(p, table.where.get(p)) not in table.marked]
    return Lost(reason, tuple(p for p in made if p not in known), tuple(missing))


def _moved_value(old: Table, new: Table, path: str, at: str, value: Any, renames: Sequence[Rename]) -> Any:
    """Return a value with its options by their new names."""
    if isinstance(value, list | tuple):
        return [_label(path, at, str(v), renames) for v in value]
    column = old.where.get(path)
    if column is None or old.kind[column] != ONE:
        return value
    labels, values = old.labels[column] or (), old.values[column] or ()
    before = next((labels[k] for k, v in enumerate(values) if type(v) is type(value) and v == value), literal(value))
    after = _label(path, at, before, renames)
    target = new.where.get(at)
    if after == before or target is None or new.kind[target] != ONE:
        return value
    meant = new.labels[target] or ()
    return (new.values[target] or ())[meant.index(after)] if after in meant else after


def _label(path: str, at: str, label: str, renames: Sequence[Rename]) -> str:
    """Return what an option is called now: `renamed "p/old" to "p/new"` renames an option of p."""
    whole = moved(inside(path, label), renames)
    after = whole[len(at) + 1 :] if whole.startswith(f"{at}/") else label
    return str(json.loads(after)) if after.startswith('"') and after.endswith('"') and len(after) > 1 else after
