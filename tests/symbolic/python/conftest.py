"""Oracles for annotated programs: all candidates by brute force, and the decisions that a build really asks."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs
import pytest

from symbolic.building.build import build
from symbolic.building.values import Values
from symbolic.candidate import Candidate
from symbolic.python.program import Program
from symbolic.resolver import Decision
from symbolic.space import Space
from symbolic.table import unrank

Assignment = frozenset[tuple[str, Any]]


@attrs.define
class Scripted:
    """Answers with the choices of a script, then with first options; notes path, choice and number of options."""

    script: Sequence[int]
    log: list[tuple[str, int, int, Any]] = attrs.field(factory=list)

    def answer(self, decision: Decision, options: Sequence[object]) -> object:
        for path, choice, _, value in self.log:
            if path == decision.path:
                return self._answer(decision, options, choice, value)
        constant = bool | int | float | str | None
        values: list[Any] = [o if isinstance(o, constant) else label for o, label in zip(options, decision.labels, strict=True)]
        if decision.kind in ("integer", "count"):
            values = list(range(int(decision.low), int(decision.high) + 1, int(decision.step or 1)))
        elif decision.kind == "float":
            values = [decision.low]
        elif decision.kind in ("subset", "permutation"):
            choose = itertools.combinations if decision.kind == "subset" else itertools.permutations
            low, high = decision.pick
            values = [chosen for count in range(low, high + 1) for chosen in choose(decision.labels, count)]
        position = len(self.log)
        choice = self.script[position] if position < len(self.script) else 0
        self.log.append((decision.path, choice, len(values), values[choice]))
        return self._answer(decision, options, choice, values[choice])

    @staticmethod
    def _answer(decision: Decision, options: Sequence[object], choice: int, value: Any) -> object:
        if decision.kind in ("subset", "permutation"):
            return tuple(options[decision.labels.index(label)] for label in value)
        return options[choice] if options else value

    def repeat(self, decision: Decision, body: Callable[[int], Any]) -> Sequence[Any]:
        count = self.answer(decision, ())
        assert isinstance(count, int)
        return [body(i) for i in range(count)]

    def counted(self, count: int, body: Callable[[int], Any]) -> Sequence[Any]:
        return [body(i) for i in range(count)]


@attrs.define
class Noting:
    """Passes questions on and notes their paths."""

    inner: Values
    asked: list[str] = attrs.field(factory=list)

    def answer(self, decision: Decision, options: Sequence[object]) -> object:
        self.asked.append(decision.path)
        return self.inner.answer(decision, options)

    def repeat(self, decision: Decision, body: Callable[[int], Any]) -> Sequence[Any]:
        self.asked.append(decision.path)
        return self.inner.repeat(decision, body)

    def counted(self, count: int, body: Callable[[int], Any]) -> Sequence[Any]:
        return self.inner.counted(count, body)


def _runs(program: Program) -> Iterator[Assignment]:
    """Run a program with every combination of answers (floats at their low end), never looking at its conditions."""
    pending: list[list[int]] = [[]]
    while pending:
        script = pending.pop()
        resolver = Scripted(script)
        program.run({}, resolver, "model")
        yield frozenset((path, _text(value)) for path, _, _, value in resolver.log)
        for position in range(len(script), len(resolver.log)):
            chosen = [choice for _, choice, _, _ in resolver.log[:position]]
            pending.extend([*chosen, other] for other in range(1, resolver.log[position][2]))


def _text(value: Any) -> str:
    if isinstance(value, tuple | list):
        return " ".join(value)
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@pytest.fixture
def by_brute_force() -> Callable[[Program], set[Assignment]]:
    """All assignments that a program can ask, values as text."""
    return lambda program: set(_runs(program))


@pytest.fixture
def by_table() -> Callable[[Space], set[Assignment]]:
    """All candidates of a small space, values as text."""

    def every(space: Space) -> set[Assignment]:
        table = space.lower()
        points = [unrank(table, number) for number in range(space.size().value)]
        floats = {p for p, kind in zip(table.path, table.kind, strict=True) if kind == 4}
        lows = dict(zip(table.path, table.low, strict=True))
        rows = [Candidate(space, point).to_dict() for point in points]
        return {frozenset((p, _text(lows[p] if p in floats else v)) for p, v in row.items()) for row in rows}

    return every


@pytest.fixture
def asked_in_build() -> Callable[[Candidate], list[str]]:
    """Build a candidate and return the paths that were asked."""

    def asked(candidate: Candidate) -> list[str]:
        noting = Noting(Values(candidate.space.lower(), candidate.point))
        build(candidate.space, noting)
        return noting.asked

    return asked
