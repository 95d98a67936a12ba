"""Where a user's constructor stands: the frame that read a number, as a span with a caret."""

from __future__ import annotations

import linecache
import sys
import sysconfig
from pathlib import Path
from types import FrameType

import symbolic
from symbolic.errors import Source, Span

_HERE = str(Path(__file__).resolve().parent)
_OURS = (str(Path(__file__).resolve().parents[1]), str(Path(symbolic.__file__).resolve().parent))
_BUILDER = str(Path(symbolic.__file__).resolve().parent / "build.py")
_LIBRARY = sysconfig.get_path("stdlib")


def _installed(filename: str) -> bool:
    return (
        filename.startswith((*_OURS, _LIBRARY, "<frozen"))
        or f"{'site'}-packages" in filename
        or f"{'dist'}-packages" in filename
    )


def reader() -> FrameType:
    """Return the innermost frame outside this package: whose code is asking."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    assert frame is not None
    return frame


def user(frame: FrameType | None) -> FrameType | None:
    """Return the first frame from here outwards that is the user's own code, if there is one.

    What a `.space` file builds has none: the search ends at the builder, above which only its caller stands.
    """
    while frame is not None and _installed(frame.f_code.co_filename):
        if frame.f_code.co_filename == _BUILDER:
            return None
        frame = frame.f_back
    return frame


def span(frame: FrameType) -> Span:
    """Return the place of the expression a frame is evaluating."""
    filename = frame.f_code.co_filename
    lines = linecache.getlines(filename)
    positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    line = positions[0] or frame.f_lineno
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    begin, end = positions[2] or 0, positions[3]
    if end is None or positions[1] != line:
        end = len(text.rstrip().encode())
    column = len(text.encode()[:begin].decode(errors="replace"))
    length = max(1, len(text.encode()[begin:end].decode(errors="replace")))
    start = sum(map(len, lines[: line - 1])) + column
    return Span(Source(Path(filename).name, "".join(lines)), line, column + 1, start, start + length)
