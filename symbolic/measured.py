"""Which constraints the table obeys and which the study: a condition that reads a metric is measured, not enumerated."""

from __future__ import annotations

import attrs

from symbolic.nodes import Constraint, Expr, Node


def reads_metrics(node: Node) -> bool:
    """Return whether an expression reads a metric (`params(model)`, `accuracy`) anywhere.

    >>> from symbolic.nodes import Const
    >>> reads_metrics(Expr("<=", (Expr("metric", (Const("params"),)), Const(200_000))))
    True
    """
    if isinstance(node, Expr) and node.op == "metric":
        return True
    return any(reads_metrics(inner) for inner in _inside(node))


def is_measured(constraint: Constraint) -> bool:
    """Return whether a constraint is a limit on results rather than a rule of the table."""
    return reads_metrics(constraint.condition)


def _inside(node: Node) -> list[Node]:
    """The nodes directly below a node."""
    found: list[Node] = []
    for field in attrs.fields(type(node)):
        _collect(getattr(node, field.name), found)
    return found


def _collect(value: object, found: list[Node]) -> None:
    if isinstance(value, tuple):
        for item in value:
            _collect(item, found)
    elif attrs.has(type(value)) and type(value).__module__ == "symbolic.nodes":
        found.append(value)  # type: ignore[arg-type]
