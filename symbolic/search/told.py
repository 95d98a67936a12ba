"""The backend of studies whose results a program tells (`open_study`): it evaluates nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import attrs

from symbolic.errors import SymspaceError
from symbolic.search.events import Result, Trial
from symbolic.search.problem import Facts
from symbolic.search.protocols import Evaluator, Verdict
from symbolic.space import Space
from symbolic.task import Task

PROVIDES = frozenset({"evaluate", "report", "schedule"})


class ToldError(SymspaceError):
    """A study whose results a program tells, opened where nothing tells them."""


@attrs.frozen
class Told:
    """Results come from a program that asks for trials and tells what they are worth."""

    @property
    def provides(self) -> frozenset[str]:
        """A program may evaluate, report on the way, and follow schedules."""
        return PROVIDES

    def describe(self, space: Space, task: Task | None) -> Facts:
        """Say what a program can do."""
        return Facts("told", PROVIDES)

    def evaluator(self, space: Space, task: Task | None, seed: int) -> Evaluator:
        """Raise `ToldError`: there is nothing to run."""
        raise ToldError("a program tells the results of this study: go on with it by open_study(...), ask() and tell()")


@attrs.define(eq=False)
class Hand:
    """A session that hands its trials out and runs none."""

    facts: Facts
    capacity: int = 1
    burst: int = 1
    given: list[Trial] = attrs.field(factory=list)

    def submit(self, trials: Sequence[Trial], roots: Mapping[int, int] | None = None) -> None:
        """Keep trials until they are asked for."""
        self.given += trials

    def collect(self, on_report: Callable[[Result], Verdict], timeout_s: float | None) -> list[Result]:
        """Return no results: they are told."""
        return []

    def cancel(self, number: int) -> None:
        """Forget a trial that was not asked for yet."""
        self.given = [t for t in self.given if t.number != number]

    def clock(self) -> float:
        """Return seconds."""
        return time.monotonic()

    def save(self, folder: Path) -> None:
        """There are no weights."""

    def load(self, folder: Path) -> None:
        """There are no weights."""

    def close(self) -> None:
        """There is nothing to close."""
