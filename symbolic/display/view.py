"""What is shown of a space, a candidate or a study: a few lines and tables, whatever they are shown on."""

from __future__ import annotations

import attrs


@attrs.frozen
class Line:
    """A line of a table; the first cell stands `depth` levels to the right. `way`: it only leads to what stands below."""

    cells: tuple[str, ...]
    depth: int = 0
    way: bool = False


@attrs.frozen
class Table:
    """Lines under column names; `left_out`: what is not shown, in words."""

    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    title: str = ""
    left_out: str = ""


@attrs.frozen
class View:
    """A title, facts beneath it, tables, and closing remarks."""

    title: str
    facts: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    remarks: tuple[str, ...] = ()
