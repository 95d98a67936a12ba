"""A table of trials: columns by name, without pandas, and for pandas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from symbolic.errors import SymspaceError, nearest

if TYPE_CHECKING:
    from rich.console import RenderableType


@attrs.frozen
class Frame:
    """Rows of values under named columns; None where a trial has no value."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield each row as a dict by column."""
        for row in self.rows:
            yield dict(zip(self.columns, row, strict=True))

    def __getitem__(self, column: str) -> list[Any]:
        """Return the values of a column, in row order."""
        if column not in self.columns:
            hint = nearest(column, self.columns) or f"columns: {', '.join(self.columns)}"
            raise SymspaceError(f"the frame has no column {column!r}; {hint}")
        place = self.columns.index(column)
        return [row[place] for row in self.rows]

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame`. Raises `SymspaceError` where pandas is not installed."""
        try:
            import pandas  # type: ignore[import-not-found, import-untyped, unused-ignore]  # optional
        except ImportError as e:
            raise SymspaceError("data frames need pandas: pip install 'symspace[pandas]'") from e
        return pandas.DataFrame(self.rows, columns=list(self.columns))

    def __rich__(self) -> RenderableType:
        from symbolic.display.frame_view import frame_view
        from symbolic.display.terminal import as_rich

        return as_rich(frame_view(self))

    def _repr_html_(self) -> str:
        from symbolic.display.frame_view import frame_view
        from symbolic.display.html import as_html

        return as_html(frame_view(self))

    def __str__(self) -> str:
        cells = [list(self.columns), *([_cell(v) for v in row] for row in self.rows)]
        widths = [max(len(row[i]) for row in cells) for i in range(len(self.columns))]
        return "\n".join("  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)) for row in cells)


def frame(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Frame:
    """Return a frame of the given rows."""
    return Frame(tuple(columns), tuple(tuple(row) for row in rows))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
