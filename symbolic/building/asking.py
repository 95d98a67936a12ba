"""Asking a resolver: every decision once in a build, its answer kept for later uses.

A one-of of constants is asked with the constants; any other with branches, one per option, which take what to do with the
index of an option. So a shared choice is answered once, and its answer is called at each use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import attrs

from symbolic.building.values import Inactive
from symbolic.resolver import Decision, Resolver
from symbolic.shapes import ShapeError
from symbolic.table.formulas import guard_reads
from symbolic.table.instances import Decided, Members, Repeated
from symbolic.table.scalars import UNKNOWN, Unknown
from symbolic.table.table import Table

T = TypeVar("T")


@attrs.frozen(eq=False)
class Branch:
    """One option as the resolver sees it: called with what to do for the index of an option, it does so for its own."""

    label: str
    index: int

    def __call__(self, use: Callable[[int], Any]) -> Any:
        return use(self.index)


@attrs.frozen(eq=False)
class Asking:
    """The questions of one build and their answers."""

    table: Table
    resolver: Resolver
    _answers: dict[str, tuple[Sequence[object], object]] = attrs.field(factory=dict, init=False)
    _counts: set[str] = attrs.field(factory=set, init=False)

    @property
    def mixes(self) -> bool:
        """Whether the resolver answers with stand-ins for all options, so that options must agree."""
        return bool(getattr(self.resolver, "mixes", False))

    @property
    def asked(self) -> frozenset[str]:
        """The paths of the decisions asked so far."""
        return frozenset(self._answers) | self._counts

    def number(self, x: Decided) -> object:
        """Return the answer of a numeric decision."""
        return self._ask(self.table.blueprint.decision(x.path, count=x.path in self._counts), ())

    def constant(self, x: Decided, options: Sequence[object]) -> object:
        """Return the answer of a one-of of values."""
        return self._ask(self.table.blueprint.decision(x.path), options)

    def chosen(self, x: Decided, use: Callable[[int], T]) -> T:
        """Return what `use` makes of the option that stands at a one-of, or what the resolver makes of all of them."""
        answer = self._ask(self.table.blueprint.decision(x.path), _branches(x.labels))
        return cast("Callable[[Callable[[int], T]], T]", answer)(use)

    def members(self, x: Members) -> Sequence[Callable[[Callable[[int], T]], T]]:
        """Return what stands for the members of a subset or permutation; each is called like the answer of a one-of."""
        answer = self._ask(self.table.blueprint.decision(x.path), _branches(x.labels))
        return cast("Sequence[Callable[[Callable[[int], T]], T]]", answer)

    def repeated(self, x: Repeated, body: Callable[[int], T]) -> Sequence[T]:
        """Return the units of a repeat whose count is a decision of its own."""
        self._counts.add(x.path)
        return self.resolver.repeat(self.table.blueprint.decision(x.path, count=True), body)

    def label(self, x: Decided, constants: Sequence[object] | None) -> str | Unknown:
        """Return the label of the option at a one-of, `UNKNOWN` where it is inactive.

        `constants` are its options where it is one of values. Raises E602 where one network holds all options.
        """
        options = _branches(x.labels) if constants is None else constants
        try:
            answer = self.constant(x, options)
        except Inactive:
            return UNKNOWN
        for label, option in zip(x.labels, options, strict=True):
            if _same(answer, option):
                return label
        raise _steers(self.table.blueprint.decision(x.path))

    def picked(self, x: Members) -> Sequence[str] | Unknown:
        """Return the labels of the members of a set, `UNKNOWN` where it is inactive; raises like `label`."""
        try:
            members = self.members(x)
        except Inactive:
            return UNKNOWN
        labels = [m.label for m in members if isinstance(m, Branch)]
        if len(labels) < len(members):
            raise _steers(self.table.blueprint.decision(x.path))
        return labels

    def holds(self, guard: int) -> bool:
        """Return whether a guard of the table holds. Raises E602 where one network holds candidates of both kinds."""
        if guard == -1:
            return True
        holds = getattr(self.resolver, "holds", None)
        if holds is None:
            column = min(guard_reads(self.table, guard))
            raise _steers(self.table.blueprint.decision(self.table.path[column]))
        return bool(holds(guard))

    def _ask(self, decision: Decision, options: Sequence[object]) -> object:
        asked = self._answers.get(decision.path)
        if asked is None or (asked[0] is not options and not _same_options(asked[0], options)):
            # A shared choice with parameters comes here again with other values: the same decision, other options.
            asked = self._answers[decision.path] = (options, self.resolver.answer(decision, options))
        return asked[1]


def _branches(labels: Sequence[str]) -> list[Branch]:
    return [Branch(label, k) for k, label in enumerate(labels)]


def _same_options(a: Sequence[object], b: Sequence[object]) -> bool:
    return len(a) == len(b) and all(map(_same, a, b))


def _same(a: object, b: object) -> bool:
    """Whether two options are one; values of other types than those of constants are one only if they are identical."""
    if isinstance(a, Branch) and isinstance(b, Branch):
        return a.index == b.index
    return a is b or (type(a) is type(b) and type(a) in (int, float, bool, str) and a == b)


def _steers(decision: Decision) -> ShapeError:
    hint = f"freeze `{decision.path}`, or search with an algorithm that samples candidates"
    return ShapeError("E602", f"`{decision.path}` steers what exists, and one network cannot hold that", decision.span, hint)
