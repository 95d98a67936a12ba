"""Grid search: every candidate of the space, once, in order; then the search is over.

The order is that of the space's own numbering (decisions in evaluation order, options as they are written), so two runs
propose the same, and constraints and conditions cost nothing: what is no candidate has no number. A range of floats has no end
of values; `discretize` turns it into some.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import attrs
import numpy as np

from symbolic.points import Point, Population
from symbolic.search.events import Event, Trial
from symbolic.search.problem import KINDS, Needs, Problem
from symbolic.search.protocols import Proposer
from symbolic.search.stages import Stage
from symbolic.table import satisfies, size
from symbolic.table.rank import rank_rows, unrank_rows

AT_ONCE = 256


@attrs.frozen
class Grid:
    """Grid search, over all candidates unless the budget is smaller."""

    @property
    def needs(self) -> Needs:
        """Decisions with finitely many values, any number of objectives."""
        return Needs(kinds=KINDS - {"float"}, objectives=None)

    @property
    def ends(self) -> bool:
        """Whether the search ends by itself: without a budget it goes through all candidates."""
        return True

    def stages(self, problem: Problem) -> tuple[Stage, ...]:
        """Return all candidates, or as many as the budget allows."""
        count, trials = size(problem.table).value, problem.budget.trials
        return (Stage("trials, in order", count if trials is None else min(count, trials)),)

    def start(self, problem: Problem) -> Proposer:
        """Return a running search."""
        return GridSearch(problem)


@attrs.define
class GridSearch:
    """All numbers below `at` were proposed, by whomever, or are no candidates; of those from there on `ahead`."""

    problem: Problem
    at: int = 0
    ahead: set[int] = attrs.field(factory=set)

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        """Propose the next candidates; none once all were proposed."""
        found = self._points(len(numbers))
        return [Trial(number, point) for number, point in zip(numbers, found, strict=False)]

    def _points(self, wanted: int) -> Iterator[Point]:
        """Yield the next candidates that nobody proposed yet, at most `wanted`."""
        at, step = self.at, min(AT_ONCE, wanted + len(self.ahead))
        while wanted > 0 and at < self.problem.table.diagram.size:
            for _, point in self._between(at, at + step)[:wanted]:
                wanted -= 1
                yield point
            at, step = at + step, AT_ONCE

    def _between(self, low: int, high: int) -> list[tuple[int, Point]]:
        """Return the candidates with numbers from `low` to below `high` that nobody proposed yet, with their numbers."""
        diagram = self.problem.table.diagram
        numbers = [n for n in range(low, min(high, diagram.size)) if n not in self.ahead]
        if not numbers:
            return []
        rows = unrank_rows(diagram, np.array(numbers, object))
        return [(numbers[row], rows[row]) for row in np.flatnonzero(satisfies(self.problem.table, rows)).tolist()]

    def tell(self, events: Iterable[Event]) -> None:
        """Remember what was proposed in this study; what was measured elsewhere is proposed all the same."""
        points = [e.point for e in events if isinstance(e, Trial) and e.origin != "imported" and isinstance(e.point, Point)]
        if points:
            found = rank_rows(self.problem.table.diagram, Population.of(points))
            self.ahead.update(int(n) for n in found if n >= self.at)
            self._advance()

    def _advance(self) -> None:
        """Move on to the first candidate that nobody proposed yet; an inexact diagram numbers others too."""
        while self.at in self.ahead:
            self.ahead.remove(self.at)
            self.at += 1
        diagram = self.problem.table.diagram
        while diagram.relaxed and self.at < diagram.size:
            left = self._between(self.at, self.at + AT_ONCE)
            self.at = left[0][0] if left else self.at + AT_ONCE
            if left:
                break
        self.ahead = {n for n in self.ahead if n >= self.at} if diagram.relaxed else self.ahead
