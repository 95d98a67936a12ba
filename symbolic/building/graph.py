"""Graphs of layers: which edges lead into each node of a `dag` or `dense`, and the items of a `stack`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from symbolic.building.memory import Remembered
from symbolic.building.roles import span_of
from symbolic.errors import SpaceError
from symbolic.shapes import Shape, ShapeError
from symbolic.table.instances import Chain, Conditional, Fields, Instance, Members, Operation, Repeated, Scoped

if TYPE_CHECKING:
    from symbolic.building.network import Network

NODE = "node"
"""Where expansion keeps the edges among the arguments of a `dag`."""


@attrs.frozen(eq=False)
class GraphEdges:
    """The edges of one graph in a walk: what `symbolic.operators.Edges` promises."""

    network: Network
    nodes: int
    rows: Sequence[Instance]
    earlier: tuple[Remembered, ...] = ()

    def into(self, node: int, sources: Sequence[Shape], strides: Sequence[int | None]) -> list[tuple[int, Any, Shape]]:
        """Build the edges into a node; return for each the place of its source, the layer, and the shape it gives."""
        found: list[tuple[int, Any, Shape]] = []

        def edge(source: int, x: Instance) -> Any:
            made, out = self.network.edge(strides[source]).layer(x, sources[source])
            found.append((source, made, out))
            return made

        match self.rows[node]:
            case Members(options=options) as members:
                for member in self.network.walk.asking.members(members):
                    member(lambda k: edge(k, options[k]))
            case Fields(fields=fields):
                for source, x in fields.items():
                    edge(int(source), x)
            case other:
                raise AssertionError(other)
        return found


def dag_edges(network: Network, x: Operation, inputs: int) -> GraphEdges:
    """Return the edges of a `dag`. Raises E602 where the number of nodes is not known, or inputs are missing."""
    nodes = network.walk.value(x.named["nodes"])
    if type(nodes) is not int:
        hint = "freeze the number of nodes, or search with an algorithm that samples candidates"
        raise ShapeError("E602", f"`{x.path}/nodes` differs between candidates, and one network cannot hold that", x.span, hint)
    history = network.flow.history
    if inputs > 1 and history is None:
        hint = "put the cells into a stack: stack { repeat 3 { cell } }"
        raise SpaceError(
            "E602", f"a dag of {inputs} inputs reads the outputs of items before it, and stands in no stack", hint=hint
        )
    earlier = tuple(history.back(inputs - k) for k in range(inputs - 1)) if history is not None else ()
    cells = x.named[NODE]
    assert isinstance(cells, Fields)
    return GraphEdges(network, nodes, [_edges(cell) for cell in cells.fields.values()], earlier)


def _edges(cell: Instance) -> Instance:
    assert isinstance(cell, Fields)
    return cell.fields.get("picked", cell.fields["from"])


def dense_edges(network: Network, x: Operation) -> GraphEdges:
    """Return the edges of a `dense`: node j has as many as its `edges(...)` says, from the input on."""
    rows: list[Instance] = []
    for node in x.positional:
        listed = isinstance(node, Operation) and node.fn == "edges"
        edges = node.positional if listed and isinstance(node, Operation) else (node,)
        if len(edges) > len(rows) + 1:
            message = f"node {len(rows) + 1} of a dense has {len(edges)} edges, and {len(rows) + 1} nodes stand before it"
            raise ShapeError("E602", message, span_of(node) or x.span, "the first edge comes from the input")
        rows.append(Fields({str(k): edge for k, edge in enumerate(edges)}))
    return GraphEdges(network, len(rows), rows)


def items(network: Network, x: Instance) -> Iterator[Instance | Repeated]:
    """Yield the items of a stack in order; a repeat stands for all of its instances."""
    match x:
        case Chain(items=parts):
            for part in parts:
                yield from items(network, part)
        case Scoped(names=names, body=Chain() | Repeated() as body):
            network.walk.names(names)
            yield from items(network, body)
        case Conditional():
            branch = network.walk.branch(x)
            if branch is not None:
                yield from items(network, branch)
        case _:
            yield x
