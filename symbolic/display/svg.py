"""SVG: the few shapes that drawings are made of, and the finished `Drawing`. Every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import attrs

FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
SIZE, SMALL = 12.0, 10.5
INK, MUTED, LINE, PAPER = "#24292f", "#6e7781", "#afb8c1", "#ffffff"
MARGIN = 16.0
_NARROW, _WIDE = frozenset("iljtfrI.,:;|'!()[]{}/ "), frozenset("mwMW@%→")


@attrs.frozen
class Drawing:
    """A finished drawing. A notebook shows it; `save` writes it to a file; `str()` is the SVG text."""

    width: float
    height: float
    parts: tuple[str, ...] = attrs.field(repr=False)
    title: str = ""

    def __str__(self) -> str:
        w, h = _number(self.width), _number(self.height)
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" '
            f'role="img" font-family="{escape(FONT)}" font-size="{_number(SIZE)}">'
        )
        named = f"<title>{escape(self.title)}</title>" if self.title else ""
        paper = f'<rect width="{w}" height="{h}" fill="{PAPER}" rx="6"/>'
        return "\n".join([head + named, paper, *self.parts, "</svg>"])

    def _repr_svg_(self) -> str:
        return str(self)

    def save(self, path: str | Path) -> Path:
        """Write the drawing as an SVG file and return its path."""
        path = Path(path)
        path.write_text(str(self) + "\n", encoding="utf-8")
        return path


def text_width(text: str, size: float = SIZE) -> float:
    """Return about how wide a text is in a sans-serif font."""
    units = sum(0.36 if c in _NARROW else 0.92 if c in _WIDE else 0.7 if c.isupper() else 0.6 for c in text)
    return units * size


def text(
    x: float, y: float, words: str, *, size: float = SIZE, fill: str = INK, anchor: str = "middle", bold: bool = False
) -> str:
    """Return a line of text whose baseline is at `y`."""
    weight = ' font-weight="600"' if bold else ""
    small = f' font-size="{_number(size)}"' if size != SIZE else ""
    at = f'x="{_number(x)}" y="{_number(y)}"'
    return f'<text {at} text-anchor="{anchor}" fill="{fill}"{small}{weight}>{escape(words)}</text>'


def rect(
    x: float, y: float, width: float, height: float, *, fill: str, stroke: str, radius: float = 6.0, dashed: bool = False
) -> str:
    """Return a rectangle with round corners."""
    dash = ' stroke-dasharray="4 3"' if dashed else ""
    box = f'x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" height="{_number(height)}"'
    return f'<rect {box} rx="{_number(radius)}" fill="{fill}" stroke="{stroke}"{dash}/>'


def circle(x: float, y: float, radius: float, *, fill: str, stroke: str) -> str:
    """Return a circle."""
    return f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{_number(radius)}" fill="{fill}" stroke="{stroke}"/>'


def curve(points: Sequence[tuple[float, float]], *, arrow: bool = True) -> str:
    """Return a line down through points: straight where two lie above each other, else an S that starts and ends upright."""
    (x, y), *rest = points
    path = [f"M{_number(x)} {_number(y)}"]
    for to_x, to_y in rest:
        if abs(to_x - x) < 0.5:
            path.append(f"L{_number(to_x)} {_number(to_y)}")
        else:
            middle = _number((y + to_y) / 2)
            path.append(f"C{_number(x)} {middle} {_number(to_x)} {middle} {_number(to_x)} {_number(to_y)}")
        x, y = to_x, to_y
    line = f'<path d="{" ".join(path)}" fill="none" stroke="{LINE}" stroke-width="1.3"/>'
    if not arrow:
        return line
    tip = f"M{_number(x - 3.2)} {_number(y - 5.5)}L{_number(x)} {_number(y)}L{_number(x + 3.2)} {_number(y - 5.5)}"
    return line + f'<path d="{tip}" fill="none" stroke="{LINE}" stroke-width="1.3"/>'


def group(parts: Iterable[str], hint: str = "") -> str:
    """Return parts as one, with a text that shows when the mouse rests on them."""
    shown = f"<title>{escape(hint)}</title>" if hint else ""
    return f"<g>{shown}{''.join(parts)}</g>"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
