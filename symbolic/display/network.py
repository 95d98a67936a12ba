"""A network drawn: its boxes from input to output, with shapes, parameters and branches."""

from __future__ import annotations

from symbolic.display.graph import Box, Graph, Role, shape_text
from symbolic.display.layers import Layout, Node, lay_out
from symbolic.display.svg import INK, MARGIN, MUTED, SIZE, SMALL, Drawing, circle, curve, group, rect, text, text_width

FILLS: dict[Role, tuple[str, str]] = {
    "end": ("#f6f8fa", "#d0d7de"),
    "weights": ("#e3effb", "#9cc3ea"),
    "plain": ("#f3f1ea", "#d6d0bf"),
    "join": ("#f6f8fa", "#afb8c1"),
    "open": ("#fdf3dc", "#e3c77f"),
}
LINE, PAD, RADIUS = 17.0, 9.0, 11.0
HEAD, BOLD = 34.0, 1.12


def draw(graph: Graph, title: str) -> Drawing:
    """Return the drawing of a network."""
    layout = place(graph)
    subtitle = f"{graph.params:,} parameters"
    width = max(layout.width, text_width(title) * BOLD, text_width(subtitle, SMALL))
    left, top = MARGIN + (width - layout.width) / 2, MARGIN + HEAD
    head = (
        text(MARGIN, MARGIN + 10, title, anchor="start", bold=True),
        text(MARGIN, MARGIN + 25, subtitle, anchor="start", size=SMALL, fill=MUTED),
    )
    return Drawing(width + 2 * MARGIN, layout.height + top + MARGIN, (*head, *draw_at(graph, layout, left, top)), title)


def place(graph: Graph) -> Layout:
    """Return where the boxes of a graph stand."""
    return lay_out([_size(box) for box in graph.boxes], graph.edges)


def draw_at(graph: Graph, layout: Layout, left: float, top: float) -> list[str]:
    """Draw a graph whose upper left corner is at (left, top)."""
    edges = [_edge(route, left, top) for route in layout.routes]
    return edges + [_box(graph.boxes[node.box], node, node.x + left, node.y + top) for node in layout.boxes]


def _size(box: Box) -> tuple[float, float]:
    if box.role == "join" and len(box.lines[0]) == 1:
        return 2 * RADIUS, 2 * RADIUS
    first, *rest = box.lines
    widths = [text_width(first) * BOLD, *(text_width(line, SMALL) for line in rest), text_width(_foot(box), SMALL)]
    return max(44.0, max(widths) + 2 * PAD), (len(box.lines) + bool(_foot(box))) * LINE + PAD - 1


def _foot(box: Box) -> str:
    """What stands at the end of a box: the shape that leaves it, and its parameters."""
    shape = shape_text(box.shape) if box.shape is not None else ""
    return " · ".join(part for part in (shape, f"{box.params:,} parameters" if box.params else "") if part)


def _edge(route: tuple[Node, ...], shift: float, top: float) -> str:
    start, *bends, end = route
    passed = [(b.x, y) for b in bends for y in (b.y, b.y + b.height)]
    points = [(start.x, start.y + start.height), *passed, (end.x, end.y)]
    return curve([(x + shift, y + top) for x, y in points])


def _box(box: Box, node: Node, x: float, y: float) -> str:
    fill, stroke = FILLS[box.role]
    if node.width == node.height == 2 * RADIUS:
        return group(
            [circle(x, y + RADIUS, RADIUS, fill=fill, stroke=stroke), text(x, y + RADIUS + 4, box.lines[0])], box.place
        )
    radius = node.height / 2 if box.role == "end" and len(box.lines) == 1 else 6.0
    parts = [rect(x - node.width / 2, y, node.width, node.height, fill=fill, stroke=stroke, radius=min(radius, 12.0))]
    first, *rest = box.lines
    baseline = y + PAD / 2 + SIZE + 0.5
    parts.append(text(x, baseline, first, bold=box.role != "end"))
    for k, line in enumerate(rest, 1):
        parts.append(text(x, baseline + k * LINE, line, size=SMALL, fill=INK))
    if foot := _foot(box):
        parts.append(text(x, baseline + len(box.lines) * LINE, foot, size=SMALL, fill=MUTED))
    return group(parts, box.place)
