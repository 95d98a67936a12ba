"""What stands below a node of the IR."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from symbolic.nodes import Call, Choice, Const, Expr, If, Let, Node, Obj, Range, Record, Ref, Repeat, Use


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below a node, in the order written."""
    match node:
        case Const() | Obj():
            return ()
        case Ref():
            return tuple(s for s in node.steps if not isinstance(s, str | int))
        case Call():
            below = [a.value for a in node.args]
            return (*below, *(n for n in (node.body, node.sites) if n is not None))
        case Use():
            return tuple(a.value for a in node.args)
        case Choice():
            return tuple(o.value for o in node.options)
        case Range():
            return tuple(n for n in (node.low, node.high, node.step, node.times, node.prior, node.default) if n is not None)
        case Repeat():
            return node.count, node.body
        case If():
            return (node.cond, node.then) if node.other is None else (node.cond, node.then, node.other)
        case Expr():
            return node.args
        case Record():
            return tuple(f.value for f in node.fields)
        case Let():
            return (*(a.value for a in node.names), *(c.condition for c in node.constraints), node.body)
        case _:
            assert_never(node)


def descend(node: Node) -> Iterator[Node]:
    """Yield a node and all nodes below it, parents first."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(reversed(children(top)))
