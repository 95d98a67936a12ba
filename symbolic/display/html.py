"""Views as HTML for notebooks and reports. Every text is escaped: labels and names come from anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from symbolic.display.view import Line, Table, View

_FONT = "font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;font-size:13px;line-height:1.45"
_CELL = "text-align:left;padding:2px 18px 2px 0;border:none;background:none;vertical-align:top;white-space:nowrap"
_HEAD = f"{_CELL};font-weight:600;border-bottom:1px solid rgba(128,128,128,.35);opacity:.75"
_WRAP = f"{_CELL};white-space:normal;max-width:46em"


def as_html(view: View) -> str:
    """Return a view as an HTML fragment without scripts or style sheets."""
    return f'<div style="{_FONT}">{"".join(_parts(view))}</div>'


def _parts(view: View) -> Iterator[str]:
    yield f"<div><b>{escape(view.title)}</b></div>"
    for fact in view.facts:
        yield f'<div style="opacity:.75">{escape(fact)}</div>'
    for table in view.tables:
        yield table_html(table)
    for remark in view.remarks:
        yield f'<div style="white-space:pre-wrap;font-family:ui-monospace,monospace;font-size:12px">{escape(remark)}</div>'


def table_html(table: Table) -> str:
    """Return a table as HTML."""
    if not table.lines:
        return ""
    title = f'<div style="margin-top:8px;font-weight:600">{escape(table.title)}</div>' if table.title else ""
    head = "".join(f'<th style="{_HEAD}">{escape(name)}</th>' for name in table.columns)
    body = "".join(f"<tr>{_line(line)}</tr>" for line in table.lines)
    more = f'<div style="opacity:.75">{escape(table.left_out)}</div>' if table.left_out else ""
    return f'{title}<table style="border-collapse:collapse;margin:4px 0;font-size:inherit"><tr>{head}</tr>{body}</table>{more}'


def _line(line: Line) -> str:
    first, *rest = line.cells
    muted = ";opacity:.6" if line.way else ""
    indent = f"{_CELL};padding-left:{18 * line.depth}px{muted}"
    cells = [f'<td style="{indent}">{escape(first)}</td>']
    return "".join([*cells, *(f'<td style="{_WRAP}">{escape(cell)}</td>' for cell in rest)])
