"""Renames: where a path of an older version of a space is now, and whether what a space says about that is true."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from symbolic.errors import SpaceError, nearest
from symbolic.nodes import Rename
from symbolic.table.table import Table

_BOUNDARIES = "/[#"


def moved(path: str, renames: Iterable[Rename]) -> str:
    """Return where a path is after the renames, in their order: that of each rename itself, or below it.

    >>> moved("model/old[1]/k", [Rename("model/old", "model/new"), Rename("model/new[1]", "last")])
    'last/k'
    """
    for r in renames:
        if is_below(path, r.old):
            path = r.new + path[len(r.old) :]
    return path


def is_below(path: str, other: str) -> bool:
    """Return whether a path is another one, or stands below it.

    >>> is_below("a/b", "a"), is_below("a[0]", "a"), is_below("ab", "a")
    (True, True, False)
    """
    return path == other or (path.startswith(other) and path[len(other)] in _BOUNDARIES)


def inside(path: str, label: str) -> str:
    """Return the path of an option as renames name it; a label that holds `/` is quoted.

    >>> inside("x", "relu"), inside("x", "a/b")
    ('x/relu', 'x/"a/b"')
    """
    return f"{path}/{json.dumps(label, ensure_ascii=False) if '/' in label else label}"


def check_renames(renames: Sequence[Rename], table: Table) -> None:
    """Raise E406 for a rename that leads nowhere, E202 for one of something that still has its old name."""
    if not renames:
        return
    known = _known(table)
    for i, r in enumerate(renames):
        if any(is_below(path, r.old) for path in known):
            hint = "renamed says what a decision was called before"
            raise SpaceError("E202", f"{r.old!r} is renamed, and is still there", r.span, hint)
        new = moved(r.new, renames[i + 1 :])
        if not any(is_below(path, new) for path in known):
            raise SpaceError("E406", f"no decision {new!r} for {r.old!r} to be renamed to", r.span, nearest(new, known))


def _known(table: Table) -> list[str]:
    """Return the paths of decisions, of sets, and of options as renames name them: `path/label`."""
    paths = dict.fromkeys([*(s.path for s in table.sets), *table.path])
    for path, labels in zip(table.path, table.labels, strict=True):
        paths |= dict.fromkeys(inside(path, label) for label in labels or ())
    for members in table.sets:
        labels = table.labels[members.columns[0]] if members.columns else ()
        paths |= dict.fromkeys(inside(members.path, label) for label in labels or ())
    return list(paths)
