"""What is measured and what is decided: expressions that read metrics, and the parts of them that read decisions.

A condition that reads a metric is the study's, not the table's. In it, and in objectives, decisions may stand too: the largest
parts that read decisions and no metric are computed by the table, for each candidate.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from symbolic.nodes import Const, Constraint, Expr, If, Node, Ref, Use

DECIDED = "decided"
"""The operation of a part that the table computes; its one argument is the part as text."""


def reads_metrics(node: Node) -> bool:
    """Return whether an expression reads a metric (`params(model)`, `accuracy`) anywhere.

    >>> reads_metrics(Expr("<=", (Expr("metric", (Const("params"),)), Const(200_000))))
    True
    """
    if isinstance(node, Expr) and node.op == "metric":
        return True
    return any(reads_metrics(inner) for inner in _inside(node))


def is_measured(constraint: Constraint) -> bool:
    """Return whether a constraint is a limit on results rather than a rule of the table."""
    return reads_metrics(constraint.condition)


def decided_parts(node: Node) -> Iterator[tuple[Node, str]]:
    """Yield the largest parts of a measured expression that read decisions and no metric, each with the operation around it.

    >>> from symbolic.nodes import Ref
    >>> accuracy, part = Expr("metric", (Const("accuracy"),)), Expr("*", (Const(2), Ref("depth")))
    >>> list(decided_parts(Expr("-", (accuracy, part)))) == [(part, "-")]
    True
    """
    if not reads_metrics(node):
        if _names_something(node):
            yield node, ""
        return
    match node:
        case Expr(op="metric"):
            return
        case Expr(op=op, args=parts):
            around = op
        case If(cond=cond, then=then, other=other):
            around, parts = "if", (cond, then) if other is None else (cond, then, other)
        case _:
            around, parts = "", tuple(_inside(node))
    for part in parts:
        for found, within in decided_parts(part):
            yield found, within or around


def with_decided(node: Node) -> Node:
    """Return a measured expression in which each part that the table computes stands as its text alone."""
    if not reads_metrics(node):
        return Expr(DECIDED, (Const(text_of(node)),), span=node.span) if _names_something(node) else node
    match node:
        case Expr(op=op, args=parts) if op != "metric":
            return attrs.evolve(node, args=tuple(map(with_decided, parts)))
        case If(cond=cond, then=then, other=other):
            other = None if other is None else with_decided(other)
            return attrs.evolve(node, cond=with_decided(cond), then=with_decided(then), other=other)
        case _:
            return node


def text_of(node: Node) -> str:
    """Return the canonical text of a part: the name under which its value stands beside the metrics of a result."""
    from symbolic.language.printer import print_node

    return print_node(node)


def _names_something(node: Node) -> bool:
    return isinstance(node, Ref | Use) or any(map(_names_something, _inside(node)))


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
