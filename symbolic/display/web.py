"""The cell of a `dag` as a graph: its inputs, its nodes, and a box for each edge that says what may stand there."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from symbolic.display.graph import Box, Graph
from symbolic.table.instances import Constant, Fields, Instance, Members, Operation

WRAP = 30
"""Characters in a line of an edge's box."""


def dag_web(x: Operation, words: Callable[[Instance], str]) -> Graph | None:
    """Return the graph of a `dag`, None where its edges cannot be told; `words` says what an edge may be.

    The output of a dag is not drawn: it follows from its nodes.
    """
    cells, inputs = x.named.get("node"), x.named.get("inputs", Constant(1))
    if not isinstance(cells, Fields) or not isinstance(inputs, Constant) or type(inputs.value) is not int:
        return None
    boxes = [Box((f"input {k}" if inputs.value > 1 else "input",), "end") for k in range(inputs.value)]
    edges: list[tuple[int, int]] = []
    node_at = list(range(inputs.value))
    for k, cell in enumerate(cells.fields.values()):
        ways = cell.fields.get("picked", cell.fields.get("from")) if isinstance(cell, Fields) else None
        match ways:
            case Fields(fields=fields):
                into = []
                for source, edge in fields.items():
                    edges.append((node_at[int(source)], len(boxes)))
                    into.append(len(boxes))
                    boxes.append(Box(tuple(textwrap.wrap(words(edge), WRAP)), "open"))
                boxes.append(Box((f"node {k + inputs.value}",), "join"))
                edges += [(source, len(boxes) - 1) for source in into]
            case Members(low=low, high=high, options=options):
                count = f"{low}" if low == high else f"{low}..{high}"
                edges += [(source, len(boxes)) for source in node_at]
                each = textwrap.wrap(words(options[0]), WRAP) if options else []
                boxes.append(Box((f"node {k + inputs.value}", f"{count} of {len(options)} edges", *each), "open"))
            case _:
                return None
        node_at.append(len(boxes) - 1)
    return Graph(tuple(boxes), tuple(edges))
