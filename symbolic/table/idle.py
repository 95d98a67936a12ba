"""What a space says for nothing: decisions that no candidate has, constraints that exclude none. Warnings of `check`.

Both are told by the decision diagram, so only where it is exact and not too large.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

from symbolic.errors import SpaceError
from symbolic.table.diagram.diagram import Diagram, DiagramLayer, Free, make_diagram
from symbolic.table.instances import Formula
from symbolic.table.table import Rule, Table

LIMIT = 100_000
"""Edges of the diagram for one constraint at most; a larger one is passed over."""
MOST = 50
"""Constraints that are looked at."""


def idle(table: Table) -> tuple[SpaceError, ...]:
    """Return E502 for each decision that is never active and each constraint that is never violated, at its place.

    >>> from symbolic.language.load import parse
    >>> [w.message for w in idle(parse("a = 1..3\\nb = 1 | 2 when a > 5\\nforbid a == 7").lower())]
    ["'b' is in no candidate: its condition never holds", 'this forbid excludes no candidate']
    """
    try:
        diagram = table.diagram
    except SpaceError:
        return ()
    never = () if diagram.relaxed or diagram.size == 0 else _never_active(diagram)
    return (*never, *_never_violated(table))


def _never_active(diagram: Diagram) -> Iterator[SpaceError]:
    table = diagram.table
    dead = {c for at, layer in enumerate(diagram.layers) for c in _columns(layer) if not _active(diagram, at, layer)}
    names = {c: s.path for s in table.sets for c in s.columns}
    said: set[str] = set()
    for column in sorted(dead):
        path = names.get(column, table.path[column])
        if int(table.parent[column]) not in dead and path not in said:
            said.add(path)
            message = f"{path!r} is in no candidate: its condition never holds"
            yield SpaceError("E502", message, table.spans[column], "remove it, or mend the condition")


def _columns(layer: DiagramLayer) -> tuple[int, ...]:
    return layer.columns if isinstance(layer, Free) else (layer.column,)


def _active(diagram: Diagram, at: int, layer: DiagramLayer) -> bool:
    """Return whether a layer's columns are active on some path to the end."""
    if isinstance(layer, Free):
        return bool((layer.base[np.asarray(diagram.counts[at] != 0, np.bool_)] >= 0).any())
    return bool((layer.code[np.asarray(diagram.counts[at + 1][layer.to] != 0, np.bool_)] >= 0).any())


def _never_violated(table: Table) -> Iterator[SpaceError]:
    for rule in table.rules[:MOST]:
        if rule.span is None or rule.text.endswith("inside its bounds"):
            continue
        broken = _diagram(attrs.evolve(table, rules=(_violated(rule),)))
        if broken is not None and broken.size == 0:
            yield SpaceError("E502", f"this {rule.kind} excludes no candidate", rule.span, "remove it, or mend the condition")


def _violated(rule: Rule) -> Rule:
    """Return the constraint that holds exactly where another is violated."""
    known, wrong = Formula("active", (rule.condition,)), rule.condition
    if rule.kind == "require":
        wrong = Formula("not", (wrong,))
    return attrs.evolve(rule, kind="require", condition=Formula("and", (known, wrong)))


def _diagram(table: Table) -> Diagram | None:
    """Return the diagram of a table, None where it is too large or not exact."""
    try:
        made = make_diagram(table, LIMIT)
    except SpaceError:
        return None
    return None if made.relaxed else made
