"""The pass `tie`: several decisions become one."""

from __future__ import annotations

from collections.abc import Sequence

from symbolic.errors import SpaceError
from symbolic.nodes import Const, Edit
from symbolic.passes.edits import column_of, with_edits
from symbolic.space import Space


def tie(space: Space, paths: Sequence[str]) -> Space:
    """Return the space with the decisions at `paths` made once: the first of them in the table stands for all.

    It is active where any of them was. Raises E406 for fewer than two, a path that is no decision, and for unlike decisions:
    a tie needs equal options or bounds.

    >>> from symbolic.language.load import parse
    >>> tie(parse("a = 1 | 2\\nb = 1 | 2"), ["b", "a"]).text().splitlines()[-1]
    'tie "b" to "a"'
    """
    table = space.lower()
    tied = {e.path: str(e.value.value) for e in space.edits if e.kind == "tie" and isinstance(e.value, Const)}
    ends = list(dict.fromkeys(tied.get(path, path) for path in paths))
    if len(set(paths)) < 2:
        raise SpaceError("E406", "a tie takes two decisions or more")
    first, *rest = sorted(ends, key=lambda path: column_of(table, path, "tie"))
    moved = [path for path, target in tied.items() if target in rest]
    made = with_edits(space, [Edit("tie", path, Const(first)) for path in [*rest, *moved]])
    made.lower()
    return made
