"""How many nodes a space unrolls to, at least: hostile spaces are refused before anything is unrolled."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from symbolic.errors import SpaceError
from symbolic.nodes import Call, Choice, Const, Def, If, Node, Range, Repeat, Use
from symbolic.table.components import children
from symbolic.table.drafts import MAX_NODES

_MANY_STATES = 100_000
"""Give up above this many pairs of a definition and what is left of the rules; expansion counts for itself."""


def refuse_huge(nodes: tuple[Node, ...], defs: Mapping[str, Def], feasible: Callable[[Node, Mapping[str, int]], bool]) -> None:
    """Raise E405 where the entries certainly unroll to more than `MAX_NODES` nodes."""
    known: dict[tuple[str, tuple[tuple[str, int], ...]], int] = {}

    def checked(total: int, node: Node) -> int:
        if total > MAX_NODES:
            message = f"the space unrolls to more than {MAX_NODES} nodes"
            raise SpaceError("E405", message, node.span, "lower the repeat count or the depth")
        return total

    def use(node: Use, depths: Mapping[str, int]) -> int:
        d = defs[node.name]
        if d.kind == "shared":
            return 1
        if d.kind == "rule":
            depths = {**depths, d.name: depths.get(d.name, d.depth or 0) - 1}
            if depths[d.name] < 0:
                return 0
        key = (d.name, tuple(sorted(depths.items())))
        if key not in known:
            known[key] = least(d.body, depths) if len(known) < _MANY_STATES else 0
        return 1 + known[key] + sum(least(a.value, depths) for a in node.args)

    def least(node: Node, depths: Mapping[str, int]) -> int:
        match node:
            case Use():
                return checked(use(node, depths), node)
            case Repeat(count=count, body=body):
                return checked(1 + _whole(count) * (1 + least(body, depths)), node)
            case Call(fn="dag", args=args, body=Call() | Choice() as body):
                given = {a.name: _whole(a.value) for a in args}
                edges = given.get("nodes", 0) * (given.get("nodes", 0) + 2 * given.get("inputs", 1) - 1) // 2
                return checked(1 + edges * least(body, depths), node)
            case Choice(options=options):
                inside = [o.value for o in options if not isinstance(o.value, Const)]
                return checked(
                    1 + len(options) - len(inside) + sum(least(x, depths) for x in inside if feasible(x, depths)), node
                )
            case If():
                return 1
            case _:
                return checked(1 + sum(least(c, depths) for c in children(node)), node)

    for node in nodes:
        least(node, {})


def _whole(node: Node) -> int:
    """Return the highest count, 0 where it is not written as a number."""
    high = node.high if isinstance(node, Range) else node
    return high.value if isinstance(high, Const) and isinstance(high.value, int) else 0
