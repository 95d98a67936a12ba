"""The pass `canonicalize`: edits in their plainest form."""

from __future__ import annotations

import attrs

from symbolic.nodes import Const, Edit
from symbolic.space import Space
from symbolic.table.expand.expand import dead_edits


def canonicalize(space: Space) -> Space:
    """Return the space with tie chains collapsed, dead edits dropped, the others sorted by path.

    An edit is dead when its decision is not there any more, because another edit took its option away. The table stays the
    same; a space that passes made has no dead edits.

    >>> from symbolic.language.load import parse
    >>> text = 'x = 1 | { k: 1 | 2 }\\nfix "x" to 1\\nfix "x/record/k" to 2'
    >>> canonicalize(parse(text)).text().splitlines()[-1]
    'fix "x" to 1'
    """
    ties = {e.path: str(e.value.value) for e in space.edits if e.kind == "tie" and isinstance(e.value, Const)}
    made = sorted((_plain(e, ties) for e in space.edits), key=lambda e: e.path)
    plain = attrs.evolve(space, edits=tuple(made))
    dead = dead_edits(plain)
    return attrs.evolve(plain, edits=tuple(e for e in made if e.path not in dead))


def _plain(edit: Edit, ties: dict[str, str]) -> Edit:
    if edit.kind == "tie":
        target, met = ties[edit.path], {edit.path}
        while target in ties and target not in met:
            met.add(target)
            target = ties[target]
        return attrs.evolve(edit, value=Const(target))
    return edit
