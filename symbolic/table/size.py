"""How many candidates a table has, as an exact integer wherever the diagram is exact."""

from __future__ import annotations

import attrs

from symbolic.errors import SpaceError
from symbolic.table.diagram.diagram import LIMIT, Diagram, make_diagram
from symbolic.table.table import FLOAT, Rule, Size, Table


def size(table: Table, limit: int = LIMIT) -> Size:
    """Return how many candidates there are; floats count once.

    An upper bound (`exact` False) where a constraint reads a float or a metric, a condition reads a float, or the decision
    diagram would have more than `limit` edges. Raises E501 when there is no candidate, E405 when even the relaxed diagram is
    too large.
    """
    diagram = table.diagram if limit == LIMIT else make_diagram(table, limit)
    if diagram.size == 0:
        raise empty(table, diagram)
    return Size(diagram.size, not diagram.relaxed and not table.measured, bool((table.kind == FLOAT).any()))


def empty(table: Table, diagram: Diagram) -> SpaceError:
    """Return E501 for a table without candidates: at the one constraint that alone leaves none, else listing all."""
    for rule in table.rules:
        alone = make_diagram(attrs.evolve(table, rules=(rule,)))
        if alone.size == 0 and "constraints" not in alone.relaxed:
            return none_satisfies((rule,))
    return none_satisfies(table.rules)


def none_satisfies(rules: tuple[Rule, ...], draws: int = 0) -> SpaceError:
    """Return E501 naming the constraints that leave no candidate, or that none of some draws satisfied."""
    who = f"none of {draws} draws" if draws else "no candidate"
    if not rules:
        return SpaceError("E501", f"{who} satisfies the bounds", hint="some range has no value left, whatever is chosen")
    shown = "; ".join(rule.text for rule in rules[:8])
    word = "this constraint" if len(rules) == 1 else "the constraints"
    hint = "candidates are rare or there is none: narrow the ranges" if draws else None
    return SpaceError("E501", f"{who} satisfies {word}: {shown}", rules[0].span, hint)
