"""Searches that write `ask` and `tell` only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs
import pytest

from symbolic.search.complete import started
from symbolic.search.events import Event, Result, Trial
from symbolic.search.problem import Needs, Problem
from symbolic.table import unrank
from symbolic.testing.spaces import problem_of


@attrs.frozen
class InOrder:
    """Proposes every candidate of a small space in the order of its rank."""

    @property
    def needs(self) -> Needs:
        return Needs()

    def start(self, problem: Problem) -> InOrderSearch:
        return InOrderSearch(problem)


@attrs.define
class InOrderSearch:
    problem: Problem
    count: int = 0
    found: dict[str, list[int]] = attrs.field(factory=dict)

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        ranks = range(self.count, self.count + len(numbers))
        return [Trial(n, unrank(self.problem.table, r)) for n, r in zip(numbers, ranks, strict=True)]

    def tell(self, events: Iterable[Event]) -> None:
        for event in events:
            match event:
                case Trial():
                    self.count += 1
                case Result():
                    self.found.setdefault(event.status, []).append(event.trial.number)


def test_state_is_the_fields_with_a_default() -> None:
    problem = problem_of("flat")
    search = started(InOrder(), problem)
    trials = search.ask([0, 1])
    search.tell([*trials, Result(trials[0], "ok", {"loss": 1.0})])
    state = search.state_dict()
    assert state == {"count": 2, "found": {"ok": [0]}}
    search.tell([Result(trials[1], "ok", {"loss": 1.0})])
    assert state["found"] == {"ok": [0]}, "a state must not change with the search"
    again = started(InOrder(), problem)
    again.load_state_dict(state)
    assert [t.point.key for t in again.ask([2])] == [t.point.key for t in search.ask([2])]
    assert not search.stop(Result(trials[0], "running", {"loss": 1.0}))
    assert search.keep() == frozenset()


def test_a_search_without_a_state_is_refused() -> None:
    class Plain:
        needs = Needs()

        def start(self, problem: Problem) -> Plain:
            return self

        def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
            return []

        def tell(self, events: Iterable[Event]) -> None: ...

    with pytest.raises(TypeError, match="Plain is no attrs class"):
        started(Plain(), problem_of("flat"))


def test_half_a_state_is_refused() -> None:
    @attrs.define
    class Half(InOrderSearch):
        def state_dict(self) -> dict[str, int]:
            return {}

    @attrs.frozen
    class Halves:
        needs = Needs()

        def start(self, problem: Problem) -> Half:
            return Half(problem)

    with pytest.raises(TypeError, match="state_dict alone"):
        started(Halves(), problem_of("flat"))
