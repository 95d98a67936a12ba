"""Decisions of a program that a pass has fixed: answered with their value, whoever answers the others.

A file's builder never asks what is fixed. A constructor asks all the same, and the table knows no such decision any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import attrs

from symbolic.errors import SpaceError, nearest
from symbolic.nodes import Scalar
from symbolic.resolver import Decision, Resolver
from symbolic.space import Space
from symbolic.table.edits import values_of
from symbolic.table.scalars import same_option

T = TypeVar("T")


@attrs.frozen(eq=False)
class Fixed:
    """Answers the decisions of `values` (path -> label or number; of a set its labels) and passes the others on."""

    resolver: Resolver
    values: Mapping[str, tuple[Scalar, ...]]

    @property
    def mixes(self) -> bool:
        """Whether the resolver behind answers for all options at once."""
        return bool(getattr(self.resolver, "mixes", False))

    def answer(self, decision: Decision, options: Sequence[object]) -> object:
        """Return the fixed option, tuple of options or number; else what the resolver says."""
        given = self.values.get(decision.path)
        if given is None:
            return self.resolver.answer(decision, options)
        if decision.kind not in ("one", "integer", "float", "count"):
            return tuple(options[_position(decision, options, value)] for value in given)
        (value,) = given
        if options:
            return options[_position(decision, options, value)]
        assert isinstance(value, int | float)
        return float(value) if decision.kind == "float" else int(value)

    def repeat(self, decision: Decision, body: Callable[[int], T]) -> Sequence[T]:
        """Return the fixed number of units; else what the resolver says."""
        if decision.path not in self.values:
            return self.resolver.repeat(decision, body)
        count = self.answer(decision, ())
        assert isinstance(count, int)
        return [body(i) for i in range(count)]

    def counted(self, count: int, body: Callable[[int], T]) -> Sequence[T]:
        """Return the units of a repeat whose count was answered before."""
        return self.resolver.counted(count, body)


def with_fixed(space: Space, resolver: Resolver) -> Resolver:
    """Return the resolver for the programs of a space: it answers what the space has fixed."""
    values = {edit.path: values_of(edit.value, edit) for edit in space.edits if edit.kind == "fix"}
    return Fixed(resolver, values) if values else resolver


def _position(decision: Decision, options: Sequence[object], wanted: Scalar) -> int:
    """Return the position of the option with a label or value. Raises E406 where there is none."""
    for k, (label, option) in enumerate(zip(decision.labels, options, strict=True)):
        plain = isinstance(option, int | float | bool | str | None)
        if label == wanted or (plain and same_option(option, wanted)):  # type: ignore[arg-type]
            return k
    raise SpaceError("E406", f"{decision} is fixed to {wanted!r}", decision.span, nearest(str(wanted), decision.labels))
