"""Output that may be cut off: `symspace resume | head -1` must end what is printed, never the search behind it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

import attrs


@attrs.define(eq=False)
class Unbroken:
    """A text stream that falls silent once its reader has gone; all else is the stream's own."""

    stream: TextIO
    silent: bool = False

    def write(self, text: str) -> int:
        """Write, or drop the text where nobody reads."""
        if not self.silent:
            try:
                return self.stream.write(text)
            except BrokenPipeError:
                self._fall_silent()
        return len(text)

    def flush(self) -> None:
        """Flush, or drop what is left where nobody reads."""
        if not self.silent:
            try:
                self.stream.flush()
            except BrokenPipeError:
                self._fall_silent()

    def _fall_silent(self) -> None:
        self.silent = True
        with suppress(OSError, ValueError):  # a stand-in in a test has no file; what is buffered goes nowhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def unbroken_output() -> Iterator[None]:
    """Let standard output and error outlive their readers inside the block."""
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = cast(TextIO, Unbroken(out)), cast(TextIO, Unbroken(err))
    try:
        yield
    finally:
        with suppress(OSError):  # a full device was told by whoever wrote last
            sys.stdout.flush()
        sys.stdout, sys.stderr = out, err
