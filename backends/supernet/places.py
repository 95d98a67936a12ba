"""Whose code reads a number while a network is built: the frame outside of this package, and the user's own."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from types import FrameType

import symbolic
from symbolic.errors import Span
from symbolic.python.frames import span_of

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


def span(frame: FrameType | None) -> Span | None:
    """Return the place of what a frame is evaluating, None without a frame or its source text."""
    return None if frame is None else span_of(frame)
