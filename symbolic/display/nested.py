"""Drawing figures: what follows stands below, branches stand side by side, frames are drawn around what they hold.

A figure is entered and left in the middle of its upper and lower edge.
"""

from __future__ import annotations

from typing import assert_never

from symbolic.display.figures import Branches, Figure, Frame, Leaf, Series, Web
from symbolic.display.network import draw_at, place
from symbolic.display.svg import MARGIN, MUTED, SIZE, SMALL, Drawing, curve, rect, text, text_width

GAP, PAD, LINE, BOLD = 22.0, 12.0, 17.0, 1.12
HEAD, LABEL, WAY, FORK = 22.0, 16.0, 26.0, 20.0
OPEN, CLOSED = ("#fdf3dc", "#e3c77f"), ("#e3effb", "#9cc3ea")
FRAME, CHOICE = "#d0d7de", "#d9a531"


def draw(figure: Figure, title: str, subtitle: str = "") -> Drawing:
    """Return the drawing of a figure."""
    width, height = size(figure)
    full = max(width, text_width(title) * BOLD, text_width(subtitle, SMALL))
    parts = [text(MARGIN, MARGIN + 10, title, anchor="start", bold=True)]
    parts.append(text(MARGIN, MARGIN + 25, subtitle, anchor="start", size=SMALL, fill=MUTED))
    parts += _draw(figure, MARGIN + full / 2, MARGIN + 36)
    return Drawing(full + 2 * MARGIN, height + 2 * MARGIN + 36, tuple(parts), title)


def size(figure: Figure) -> tuple[float, float]:
    """Return the width and height of a figure."""
    match figure:
        case Leaf(lines=(first, *rest)):
            widths = [text_width(first) * BOLD, *(text_width(line, SMALL) for line in rest)]
            return max(44.0, max(widths) + 2 * PAD), LINE * (1 + len(rest)) + 9
        case Leaf():
            return 44.0, LINE
        case Series(parts=()):
            return WAY, 0.0
        case Series(parts=parts):
            sizes = [size(part) for part in parts]
            return max(w for w, _ in sizes), sum(h for _, h in sizes) + GAP * (len(parts) - 1)
        case Branches(parts=parts):
            sizes = [size(part) for _, part in parts]
            widths = [max(w, text_width(label, SMALL) + 6) for (label, _), (w, _) in zip(parts, sizes, strict=True)]
            return sum(widths) + GAP * (len(parts) - 1), max(h for _, h in sizes) + 2 * FORK + _label(figure)
        case Frame(title=title, inner=inner):
            w, h = size(inner)
            return max(w, text_width(title, SMALL) * BOLD) + 2 * PAD, h + HEAD + 2 * PAD
        case Web(graph=graph):
            layout = place(graph)
            return layout.width, layout.height
        case _:
            assert_never(figure)


def _label(branches: Branches) -> float:
    return LABEL if any(label for label, _ in branches.parts) else 0.0


def _draw(figure: Figure, middle: float, top: float) -> list[str]:
    """Draw a figure whose upper edge has its middle at (middle, top)."""
    match figure:
        case Leaf():
            return _leaf(figure, middle, top)
        case Series(parts=parts):
            out: list[str] = []
            for k, part in enumerate(parts):
                if k:
                    out.append(curve([(middle, top - GAP), (middle, top)]))
                out += _draw(part, middle, top)
                top += size(part)[1] + GAP
            return out
        case Branches():
            return _branches(figure, middle, top)
        case Frame():
            return _frame(figure, middle, top)
        case Web(graph=graph):
            layout = place(graph)
            return draw_at(graph, layout, middle - layout.width / 2, top)
        case _:
            assert_never(figure)


def _leaf(leaf: Leaf, middle: float, top: float) -> list[str]:
    width, height = size(leaf)
    fill, stroke = OPEN if leaf.open_ else CLOSED
    out = [rect(middle - width / 2, top, width, height, fill=fill, stroke=stroke)]
    for k, line in enumerate(leaf.lines):
        out.append(text(middle, top + SIZE + 4.5 + k * LINE, line, size=SMALL if k else SIZE, bold=k == 0))
    return out


def _branches(branches: Branches, middle: float, top: float) -> list[str]:
    width, height = size(branches)
    start, end, label_height = top + FORK, top + height - FORK, _label(branches)
    out, left = list[str](), middle - width / 2
    for label, part in branches.parts:
        w, h = size(part)
        full = max(w, text_width(label, SMALL) + 6)
        x = left + full / 2
        left += full + GAP
        first = start + label_height
        out.append(curve([(middle, top), (x, start), (x, start if label else first)], arrow=False))
        if label:
            out.append(text(x, start + 11, label, size=SMALL, fill=MUTED))
        out.append(curve([(x, first + h), (x, end), (middle, top + height)], arrow=False))
        out += _draw(part, x, first)
    return out


def _frame(frame: Frame, middle: float, top: float) -> list[str]:
    width, height = size(frame)
    stroke = CHOICE if frame.open_ else FRAME
    left = middle - width / 2
    out = [rect(left, top, width, height, fill="#ffffff", stroke=stroke, radius=8, dashed=frame.open_)]
    out.append(text(left + PAD, top + 15, frame.title, anchor="start", size=SMALL, fill=MUTED, bold=True))
    inner = top + HEAD + PAD
    if isinstance(frame.inner, Web):  # has an input of its own
        return [*out, *_draw(frame.inner, middle, inner)]
    under_title = left + PAD + text_width(frame.title, SMALL) * BOLD > middle - 4
    out.append(curve([(middle, top + HEAD * under_title), (middle, inner)], arrow=False))
    out += _draw(frame.inner, middle, inner)
    out.append(curve([(middle, top + height - PAD), (middle, top + height)], arrow=False))
    return out
