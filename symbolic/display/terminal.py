"""Views for a terminal, by way of rich, which is imported when something is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbolic.display.view import Table, View

if TYPE_CHECKING:
    from rich.console import RenderableType

GUIDE = "  "


def as_rich(view: View) -> RenderableType:
    """Return a view as something that rich prints. Texts are shown as they are: nothing in them is markup."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = [Text(view.title, style="bold")]
    parts += [Text(fact, style="dim") for fact in view.facts]
    for table in view.tables:
        parts += _table(table)
    parts += [Text(remark) for remark in view.remarks]
    return Group(*parts)


def _table(table: Table) -> list[RenderableType]:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    if not table.lines:
        return []
    shown = RichTable(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False, header_style="dim")
    for name in table.columns:
        shown.add_column(Text(name), overflow="fold")
    for line in table.lines:
        first, *rest = line.cells
        shown.add_row(Text(GUIDE * line.depth + first, style="dim" if line.way else ""), *map(Text, rest))
    title: list[RenderableType] = [Text(table.title, style="bold")] if table.title else []
    return [*title, shown, *([Text(table.left_out, style="dim")] if table.left_out else [])]
