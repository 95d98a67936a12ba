"""The text of a candidate as a mapping: one `path = JSON value` a line."""

from __future__ import annotations

import json
from typing import Any

from symbolic.errors import Source, SpaceError, Span

_SPLIT = " = "


def read_text(text: str, name: str = "<candidate>") -> dict[str, Any]:
    """Return path -> value, in the order of the lines; empty lines and lines that begin with `#` are skipped.

    Raises E601, with a caret, for a line that is no pair and for a path that is given twice.

    >>> read_text('x = "a"\\ny[0] = 3')
    {'x': 'a', 'y[0]': 3}
    """
    source = Source(name, text)
    out: dict[str, Any] = {}
    start = 0
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            span = Span(source, number, 1, start, start + len(line.rstrip()))
            path, value = _pair(stripped, span)
            if path in out:
                raise SpaceError("E601", f"{path!r} is given twice", span)
            out[path] = value
        start += len(line) + 1
    return out


def _pair(line: str, span: Span) -> tuple[str, Any]:
    """Split a line at the first ` = ` after which JSON stands; a path may hold one."""
    at = line.find(_SPLIT)
    while at >= 0:
        try:
            return line[:at], json.loads(line[at + len(_SPLIT) :])
        except json.JSONDecodeError:
            at = line.find(_SPLIT, at + 1)
    raise SpaceError("E601", "a line of a candidate is `path = JSON value`", span, 'such as optim/type = "sgd"')
