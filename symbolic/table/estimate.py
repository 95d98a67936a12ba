"""What a space unrolls to, at least: hostile spaces are refused before anything is unrolled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from symbolic.errors import SpaceError
from symbolic.nodes import Call, Choice, Const, If, Node, Range, Repeat, Use
from symbolic.space import Space
from symbolic.table.components import children
from symbolic.table.drafts import MAX_COLUMNS, MAX_NODES

_MANY_STATES = 100_000
"""Give up above this many pairs of a definition and what is left of the rules; expansion counts for itself."""


class Least(NamedTuple):
    """How many nodes and how many columns something unrolls to, at least."""

    nodes: int = 0
    columns: int = 0

    def times(self, n: int) -> Least:
        return Least(n * self.nodes, n * self.columns)


def refuse_huge(space: Space, feasible: Callable[[Node, Mapping[str, int]], bool]) -> None:
    """Raise E405 where the entries certainly unroll to more than `MAX_NODES` nodes or `MAX_COLUMNS` decisions."""
    defs = {d.name: d for d in space.defs}
    columns = 0 if space.edits else 1  # what edits fix has no column
    known: dict[tuple[str, tuple[tuple[str, int], ...]], Least] = {}

    def use(node: Use, depths: Mapping[str, int]) -> Least:
        d = defs[node.name]
        if d.kind == "shared":
            return Least(1)
        if d.kind == "rule":
            depths = {**depths, d.name: depths.get(d.name, d.depth or 0) - 1}
            if depths[d.name] < 0:
                return Least()
        key = (d.name, tuple(sorted(depths.items())))
        if key not in known:
            known[key] = least(d.body, depths) if len(known) < _MANY_STATES else Least()
        return _sum([Least(1), known[key], *(least(a.value, depths) for a in node.args)])

    def least(node: Node, depths: Mapping[str, int]) -> Least:
        match node:
            case Use():
                return _checked(use(node, depths), node)
            case Repeat(count=count, body=body):
                body_least = _sum([Least(1), least(body, depths)])
                return _checked(_sum([Least(1), least(count, depths), body_least.times(_whole(count))]), node)
            case Call(fn="dag", args=args, body=Call() | Choice() as body):
                given = {a.name: _whole(a.value) for a in args}
                edges = given.get("nodes", 0) * (given.get("nodes", 0) + 2 * given.get("inputs", 1) - 1) // 2
                return _checked(_sum([Least(1), least(body, depths).times(edges)]), node)
            case Choice(options=options):
                inside = [o.value for o in options if not isinstance(o.value, Const)]
                able = [least(x, depths) for x in inside if feasible(x, depths)]
                left = len(options) - len(inside) + len(able)
                own = Least(1 + len(options) - len(inside), columns * int(left > 1) if node.form == "one" else 0)
                return _checked(_sum([own, *able]), node)
            case Range(fidelity=False):
                ends = (node.low, node.high)
                decision = all(isinstance(e, Const) for e in ends)
                return _checked(_sum([Least(1, columns * int(decision)), *(least(c, depths) for c in children(node))]), node)
            case If():
                return Least(1)
            case _:
                return _checked(_sum([Least(1), *(least(c, depths) for c in children(node))]), node)

    for field in space.root.fields:
        least(field.value, {})


def _sum(parts: Iterable[Least]) -> Least:
    nodes = columns = 0
    for part in parts:
        nodes, columns = nodes + part.nodes, columns + part.columns
    return Least(nodes, columns)


def _checked(total: Least, node: Node) -> Least:
    if total.nodes > MAX_NODES:
        message = f"the space unrolls to more than {MAX_NODES} nodes"
        raise SpaceError("E405", message, node.span, "lower the repeat count or the depth")
    if total.columns > MAX_COLUMNS:
        raise SpaceError(
            "E405", f"the space has more than {MAX_COLUMNS} decisions", node.span, "lower the repeat count or the depth"
        )
    return total


def _whole(node: Node) -> int:
    """Return the highest count, 0 where it is not written as a number."""
    high = node.high if isinstance(node, Range) else node
    return high.value if isinstance(high, Const) and isinstance(high.value, int) else 0
