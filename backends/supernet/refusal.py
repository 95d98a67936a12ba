"""`Refusal`: the typed error for a program that one weight-sharing network cannot stand for, always before training."""

from __future__ import annotations

from collections.abc import Iterable

from backends.errors import BackendError
from symbolic.errors import Span


class Refusal(BackendError):
    """One network cannot hold this; `paths` are the decisions that cause it.

    `declared` names the places of those decisions, `remedy` says what to write instead.
    """

    def __init__(
        self,
        message: str,
        span: Span | None = None,
        declared: Iterable[str] = (),
        remedy: str | None = None,
        paths: Iterable[str] = (),
    ) -> None:
        self.message, self.span, self.remedy = message, span, remedy
        self.declared, self.paths = tuple(declared), frozenset(paths)
        super().__init__(message, span, self.declared, remedy, self.paths)

    def __str__(self) -> str:
        place = [] if self.span is None else [self.span.caret()]
        head = self.message if self.span is None else f"{self.span}: {self.message}"
        lines = [head, *place, *(f"  {line}" for line in self.declared)]
        if self.remedy is not None:
            lines.append(f"  {self.remedy}")
        return "\n".join(lines)
