"""Operators that are graphs: cells whose edges hold operators, and stacks whose items read the outputs before the last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from backends.torch.operators.sizes import positive, stride_between
from symbolic.errors import SpaceError, nearest
from symbolic.operators import Edges as EdgesOf
from symbolic.operators import Part, expect, operator
from symbolic.shapes import Shape, image, same_shape

if TYPE_CHECKING:
    from torch import nn

OUTPUTS = ("last", "concat", "sum", "mean")
Rows = list[list[tuple[int, Any, Shape]]]


@operator("dag")
class Dag:
    """A cell: each node adds up what its edges make of the inputs and of the nodes before it.

    The body is the operator of an edge. Without `picks` a node has an edge from every one before it, with `picks: k` or
    `lo..hi` so many of them, chosen. `output` is the last node, or the `concat` (along channels), `sum` or `mean` of all nodes.
    `inputs: 2` reads the outputs of the last two items of the `stack` it stands in, the older one first. `width` brings each
    input to this width and to the size of the last one (ReLU, 1x1 convolution, batch norm). Edges from the inputs have the
    `stride`, edges between nodes stride 1: it goes to the first operator of an edge that takes one. A node without edges is
    zero.
    """

    nodes: int
    inputs: int = 1
    picks: object = None
    output: str = "last"
    width: int | None = None
    stride: int = 1

    def shape(self, s: Shape, body: EdgesOf) -> Shape:
        return self._output(self._rows(s, body)[1])

    def build(self, s: Shape, body: EdgesOf) -> tuple[nn.Module, Shape]:
        from backends.torch.graphs import Graph

        rows, shapes = self._rows(s, body)
        inputs = [*(o.shape for o in body.earlier), s]
        entries = [self._entry(given, s) for given in inputs]
        for row, shape in zip(rows, shapes, strict=True):
            if not row:
                row.append((0, self._nothing().build(shape), shape))
        edges, places = [[made for _, made, _ in row] for row in rows], [[k for k, _, _ in row] for row in rows]
        out = self._output(shapes)
        earlier = [o.read() for o in body.earlier]
        return Graph(entries, edges, places, self.output, 1 if out.kind != "sequence" else 2, earlier), out

    def _rows(self, s: Shape, body: EdgesOf) -> tuple[Rows, list[Shape]]:
        """Build the edges; return them and the shape of each node."""
        positive("dag", nodes=body.nodes, width=self.width, stride=self.stride)
        if self.output not in OUTPUTS:
            hint = nearest(self.output, OUTPUTS) or f"one of {', '.join(OUTPUTS)}"
            raise SpaceError("E602", f"dag has no output {self.output!r}", hint=hint)
        inputs = [self._entered(o.shape, s) for o in body.earlier] + [self._entered(s, s)]
        sources = list(inputs)
        strides: list[int | None] = [self.stride] * len(inputs)
        rows: Rows = []
        for j in range(body.nodes):
            rows.append(body.into(j, sources, strides))
            sources.append(added(f"node {len(sources)}", rows[-1]) if rows[-1] else self._nothing().shape(inputs[0]))
            strides.append(1)
        return rows, sources[len(inputs) :]

    def _entered(self, given: Shape, last: Shape) -> Shape:
        if self.width is None:
            if not same_shape(given, last):
                hint = "give the dag a width: it brings its inputs to one shape"
                raise SpaceError("E602", f"the inputs of a dag have unlike shapes, {given} and {last}", hint=hint)
            return given
        expect("dag with a width", given, "image")
        if stride_between(given, last) == 0:
            raise SpaceError("E602", f"no stride brings the input {given} of a dag to the size of {last}")
        return image(self.width, *last.axes[1:])

    def _entry(self, given: Shape, last: Shape) -> nn.Module:
        from torch import nn

        if self.width is None:
            return nn.Identity()
        convolution = nn.Conv2d(given.axes[0], self.width, 1, stride_between(given, last), bias=False)
        return nn.Sequential(nn.ReLU(), convolution, nn.BatchNorm2d(self.width))

    def _nothing(self) -> Any:
        from backends.torch.operators.passing import Zero

        return Zero(None, self.stride)

    def _output(self, nodes: Sequence[Shape]) -> Shape:
        if self.output == "last":
            return nodes[-1]
        first, *rest = nodes
        for other in rest:
            if not same_shape(first, other):
                raise SpaceError("E602", f"the nodes of a dag have unlike shapes, {first} and {other}, and no {self.output}")
        if self.output != "concat":
            return first
        at = 1 if first.kind == "sequence" else 0
        return attrs.evolve(first, axes=tuple(len(nodes) * n if k == at else n for k, n in enumerate(first.axes)))


@operator("dense")
class Dense:
    """A graph written out: node j adds up its `edges(...)`, edge k reads node k, the input is node 0.

    The last node is the output. A single operator stands for one edge, from the input.
    """

    nodes: tuple[Part, ...] = ()

    def shape(self, s: Shape, edges: EdgesOf) -> Shape:
        return self._rows(s, edges)[1][-1]

    def build(self, s: Shape, edges: EdgesOf) -> tuple[nn.Module, Shape]:
        from torch import nn

        from backends.torch.graphs import Graph

        rows, shapes = self._rows(s, edges)
        made, places = [[m for _, m, _ in row] for row in rows], [[k for k, _, _ in row] for row in rows]
        return Graph([nn.Identity()], made, places, "last", 1), shapes[-1]

    def _rows(self, s: Shape, edges: EdgesOf) -> tuple[Rows, list[Shape]]:
        positive("dense", nodes=edges.nodes)
        rows: Rows = []
        sources = [s]
        for j in range(edges.nodes):
            rows.append(edges.into(j, sources, [None] * len(sources)))
            if not rows[-1]:
                raise SpaceError("E602", f"node {j + 1} of a dense has no edges", hint="write zero for one that gives nothing")
            sources.append(added(f"node {j + 1}", rows[-1]))
        return rows, sources


@operator("edges")
class Edges:
    """The edges into one node of a `dense`: the first from the input, the next from its first node, and so on."""

    operators: tuple[Part, ...] = ()

    def shape(self, s: Shape) -> Shape:
        raise SpaceError("E602", "edges stand in a dense", hint="dense(edges(relu), edges(relu, skip))")

    def build(self, s: Shape) -> nn.Module:
        raise AssertionError("the shape rule comes first")


@operator("stack")
class Stack:
    """A sequence whose items may read more than the last output: a `dag` of two inputs the last two, `add(back: n)` any.

    An item is a part of the sequence, or an instance of a repeat in it. Before the first item stands the stack's input.
    """

    def shape(self, s: Shape, body: Callable[[Shape], Shape]) -> Shape:
        return body(s)

    def build(self, s: Shape, body: Callable[[Shape], tuple[Any, Shape]]) -> tuple[nn.Module, Shape]:
        return body(s)


def added(what: str, row: Sequence[tuple[int, Any, Shape]]) -> Shape:
    """Return the one shape that edges give. Raises E602 naming two that differ."""
    (first, _, shape), *rest = row
    for other, _, given in rest:
        if not same_shape(shape, given):
            message = f"{what} adds up unlike shapes: from {first} comes {shape}, from {other} {given}"
            raise SpaceError("E602", message, hint="let every edge give one shape: skip(width) and zero(width) do")
    return shape
