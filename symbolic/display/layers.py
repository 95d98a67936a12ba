"""Layered layout of an acyclic graph (Sugiyama, Tagawa and Toda, 1981, https://doi.org/10.1109/TSMC.1981.4308636).

Every box stands in the layer below its deepest source; an edge over several layers passes a bend in each; layers are ordered by
the mean of what they connect to; places are moved towards their neighbours without changing that order, as near as boxes that
must not touch allow, which is isotonic regression. Boxes follow boxes, so that a chain is straight and what skips it bends.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise

import attrs

SWEEPS = 12
GAP_X, GAP_Y, BEND_WIDTH = 22.0, 26.0, 14.0
STEADY = 1000.0
"""How much more a box wants to stand where its neighbours do than a bend."""


@attrs.define(eq=False)
class Node:
    """A box, or a bend of an edge (`box` is -1) as high as its layer, with its place: the middle of its top edge."""

    box: int
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0
    above: list[Node] = attrs.field(factory=list, repr=False)
    below: list[Node] = attrs.field(factory=list, repr=False)


@attrs.frozen(eq=False)
class Layout:
    """Boxes by position, and the nodes that each edge passes, both ends included. Everything lies right of and below (0, 0)."""

    boxes: tuple[Node, ...]
    routes: tuple[tuple[Node, ...], ...]
    width: float
    height: float


def lay_out(sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]]) -> Layout:
    """Return where boxes of some sizes (width, height) stand; each edge leads to a later box."""
    boxes = [Node(k, width, height) for k, (width, height) in enumerate(sizes)]
    depth = _depths(len(sizes), edges)
    layers: list[list[Node]] = [[] for _ in range(max(depth, default=-1) + 1)]
    for node in boxes:
        layers[depth[node.box]].append(node)
    routes = tuple(_route(boxes[a], boxes[b], layers[depth[a] + 1 : depth[b]]) for a, b in edges)
    _order(layers)
    _place(layers)
    home = {id(node): layer for layer in layers for node in layer}
    for route in routes:
        _straighten(route[1:-1], home)
    return Layout(tuple(boxes), routes, *_settle(layers))


def _depths(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    depth = [0] * count
    for a, b in sorted(edges, key=lambda edge: edge[1]):
        assert a < b, "an edge leads to a later box"
        depth[b] = max(depth[b], depth[a] + 1)
    return depth


def _route(start: Node, end: Node, between: Sequence[list[Node]]) -> tuple[Node, ...]:
    """Join two boxes through a bend in each layer between them."""
    route = [start, *(Node(-1, BEND_WIDTH, 0.0) for _ in between), end]
    for layer, bend in zip(between, route[1:-1], strict=True):
        layer.append(bend)
    for upper, lower in pairwise(route):
        upper.below.append(lower)
        lower.above.append(upper)
    return tuple(route)


def _order(layers: Sequence[list[Node]]) -> None:
    """Order each layer by where its neighbours stand, downwards and upwards in turn; keep the order with fewest crossings."""
    best, fewest = [list(layer) for layer in layers], _crossings(layers)
    at = {id(n): k for layer in layers for k, n in enumerate(layer)}
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            middles = {id(n): _middle([at[id(m)] for m in (n.above if down else n.below)], at[id(n)]) for n in layer}
            layer.sort(key=lambda n: middles[id(n)])
            at.update((id(n), k) for k, n in enumerate(layer))
        crossings = _crossings(layers)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    for layer, order in zip(layers, best, strict=True):
        layer[:] = order


def _crossings(layers: Sequence[list[Node]]) -> int:
    total = 0
    for upper, lower in pairwise(layers):
        at = {id(n): k for k, n in enumerate(lower)}
        met: list[int] = []
        for end in (k for n in upper for k in sorted(at[id(m)] for m in n.below)):
            place = bisect_right(met, end)
            total += len(met) - place
            met.insert(place, end)
    return total


def _place(layers: Sequence[list[Node]]) -> None:
    for layer in layers:
        _move(layer, [0.0] * len(layer))
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            if len(layer) > 1:  # what stands alone stays in the middle, so that the whole does not drift to one side
                _move(layer, [_middle(_leads(n.above if sweep % 2 == 0 else n.below), n.x) for n in layer])


def _leads(neighbours: Sequence[Node]) -> list[float]:
    """Where the neighbours stand that a node follows: boxes, unless there are bends only."""
    return [n.x for n in neighbours if n.box >= 0] or [n.x for n in neighbours]


def _move(layer: Sequence[Node], wanted: Sequence[float]) -> None:
    """Set places as near to the wanted ones as the order and the gaps allow: the least sum of squares."""
    offsets = [0.0]
    for left, right in pairwise(layer):
        offsets.append(offsets[-1] + (left.width + right.width) / 2 + GAP_X)
    blocks: list[tuple[float, float, int]] = []  # mean, weight, how many
    for node, target, offset in zip(layer, wanted, offsets, strict=True):
        block = (target - offset, STEADY if node.box >= 0 else 1.0, 1)
        while blocks and blocks[-1][0] >= block[0]:
            mean, weight, count = blocks.pop()
            total = weight + block[1]
            block = ((mean * weight + block[0] * block[1]) / total, total, count + block[2])
        blocks.append(block)
    means = [mean for mean, _, count in blocks for _ in range(count)]
    for node, mean, offset in zip(layer, means, offsets, strict=True):
        node.x = mean + offset


def _straighten(bends: Sequence[Node], home: Mapping[int, list[Node]]) -> None:
    """Set the bends of an edge below each other where one place is free in all of their layers."""
    if len(bends) < 2:
        return
    ranges = [_free(bend, home[id(bend)]) for bend in bends]
    low, high = max(r[0] for r in ranges), min(r[1] for r in ranges)
    if low <= high:
        place = min(max(_middle([b.x for b in bends], 0.0), low), high)
        for bend in bends:
            bend.x = place


def _free(node: Node, layer: Sequence[Node]) -> tuple[float, float]:
    """Between which places a node may stand without touching its neighbours in the layer."""
    k = layer.index(node)
    low = layer[k - 1].x + (layer[k - 1].width + node.width) / 2 + GAP_X if k else -math.inf
    high = layer[k + 1].x - (layer[k + 1].width + node.width) / 2 - GAP_X if k + 1 < len(layer) else math.inf
    return low, high


def _settle(layers: Sequence[list[Node]]) -> tuple[float, float]:
    """Give layers their heights and move everything right of 0; return the size of the whole."""
    left = min((n.x - n.width / 2 for layer in layers for n in layer), default=0.0)
    right = max((n.x + n.width / 2 for layer in layers for n in layer), default=0.0)
    y = 0.0
    for layer in layers:
        height = max(n.height for n in layer)
        for node in layer:
            node.height = node.height if node.box >= 0 else height
            node.x -= left
            node.y = y + (height - node.height) / 2
        y += height + GAP_Y
    return right - left, max(0.0, y - GAP_Y)


def _middle(places: Sequence[float], otherwise: float) -> float:
    return sum(places) / len(places) if places else otherwise
