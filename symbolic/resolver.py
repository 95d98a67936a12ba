"""The seam: whoever builds an object asks a resolver at each decision, and the resolver decides what stands there.

A file's builder and a user's annotated constructor ask in the same way, so a plain build, tracing and a supernet differ in
the resolver alone. Options are values or callables; the resolver answers with one of them, or with something that stands
for all of them (an elastic number, a mixed module).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol, TypeVar

import attrs

from symbolic.errors import Span

T = TypeVar("T")
DecisionKind = Literal["one", "subset", "permutation", "multiset", "integer", "float", "count"]


@attrs.frozen
class Decision:
    """One choice point as the asking side sees it; `path` is its identity."""

    path: str
    kind: DecisionKind
    labels: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    step: float | None = None
    log: bool = False
    pick: tuple[int, int] = (1, 1)
    span: Span | None = attrs.field(default=None, eq=False, repr=False)

    def __str__(self) -> str:
        return f"`{self.path}`" + (f" ({self.span})" if self.span is not None else "")


class Resolver(Protocol):
    """Answers decisions while something is built."""

    def answer(self, decision: Decision, options: Sequence[object]) -> object:
        """Return what stands at the decision.

        `options` are the values or callables in label order for `one`, `subset`, `permutation`; empty for numbers.
        `one` returns one option, sets a tuple of options (a multiset some of them several times), `integer` an int, `float`
        a float (or stand-ins).
        """

    def repeat(self, decision: Decision, body: Callable[[int], T]) -> Sequence[T]:
        """Return the units of a repeat whose count is this decision."""

    def counted(self, count: int, body: Callable[[int], T]) -> Sequence[T]:
        """Return the units of a repeat whose count was answered before (and may be elastic)."""
