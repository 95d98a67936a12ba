"""Errors of the language and the library: one base class, positions with carets, a hint that says what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar

import attrs

_WIDTH = 120


class SymspaceError(Exception):
    """Base class of every error a user of this library can cause; the command line ends with `exit_code`."""

    exit_code: ClassVar[int] = 2


@attrs.frozen
class Source:
    """A text that spans point into: a file, or a string given to `parse`."""

    name: str
    text: str = attrs.field(repr=False)

    def line(self, number: int) -> str:
        """Return line `number` (from 1) without its line end; empty past the end."""
        lines = self.text.split("\n")
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""


@attrs.frozen
class Span:
    """A place in a source: line and column from 1 in characters, start and end offsets."""

    source: Source
    line: int
    column: int
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}"

    def caret(self) -> str:
        """Return the source line with carets under the span, cut to 120 columns around it, tabs as one space."""
        text = self.source.line(self.line).replace("\t", " ")
        begin = self.column - 1
        length = max(1, min(self.end - self.start, len(text) - begin))
        offset = 0
        if len(text) > _WIDTH:
            offset = max(0, min(begin - _WIDTH // 2, len(text) - _WIDTH))
            text = text[offset : offset + _WIDTH]
            length = max(1, min(length, _WIDTH - (begin - offset)))
        return f"  {text}\n  {' ' * (begin - offset)}{'^' * length}"


class SpaceError(SymspaceError):
    """Something is wrong with a space, a candidate or a file; `code` is listed in `docs/language.md`."""

    def __init__(self, code: str, message: str, span: Span | None = None, hint: str | None = None) -> None:
        super().__init__(code, message, span, hint)
        self.code, self.message, self.span, self.hint = code, message, span, hint

    def __str__(self) -> str:
        head = f"{self.code} {self.message}"
        if self.span is None:
            return head + (f"\n  {self.hint}" if self.hint else "")
        lines = [f"{self.span}: {head}", self.span.caret()]
        return "\n".join(lines + ([f"  {self.hint}"] if self.hint else []))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return `did you mean 'x'?` for the closest known name, or None when nothing is close.

    >>> nearest("rleu", ["relu", "gelu"])
    "did you mean 'relu'?"
    """
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else None
