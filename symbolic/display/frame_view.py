"""What is shown of a table of trials: its first rows, empty where a trial has no value."""

from __future__ import annotations

from symbolic.display.space_view import counted, cut
from symbolic.display.view import Line, Table, View
from symbolic.display.words import value_text
from symbolic.search.frame import Frame


def frame_view(frame: Frame) -> View:
    """Return the view of a frame."""
    lines = tuple(Line(tuple("" if v is None else value_text(v) for v in row)) for row in frame.rows)
    title = f"{counted(len(frame), 'row')}, {counted(len(frame.columns), 'column')}"
    return View(title, (), (cut(Table(frame.columns, lines)),))
