"""Random search: independent draws from the priors of the space, each candidate at most once.

Bergstra and Bengio, "Random search for hyper-parameter optimization", JMLR 2012,
https://jmlr.org/papers/v13/bergstra12a.html. Deviation: on finite spaces nothing is drawn twice, so a small space ends after
exactly as many trials as it has candidates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import attrs

from symbolic.points import Point
from symbolic.search.events import Event, Trial
from symbolic.search.problem import Needs, Problem
from symbolic.search.protocols import Proposer
from symbolic.search.randomness import rng
from symbolic.search.unseen import Keys, fresh, unseen
from symbolic.table import sample


@attrs.frozen
class Random:
    """Random search. `how`: draw from the `prior` of each decision, or make every candidate equally likely (`uniform`)."""

    how: Literal["prior", "uniform"] = attrs.field(default="prior", validator=attrs.validators.in_(("prior", "uniform")))

    @property
    def needs(self) -> Needs:
        """Anything that can be evaluated, any number of objectives."""
        return Needs(objectives=None)

    def start(self, problem: Problem) -> Proposer:
        """Return a running search."""
        return RandomSearch(problem, self)


@attrs.define
class RandomSearch:
    """The keys proposed so far are the whole state."""

    problem: Problem
    options: Random
    seen: set[bytes] = attrs.field(factory=set)

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        """Propose one unseen draw per number; none once the space is exhausted."""
        return [Trial(number, point) for number, point in fresh(numbers, self.seen, self._find)]

    def _find(self, number: int, keys: Keys) -> Point | None:
        table = self.problem.table
        return unseen(table, lambda g: sample(table, 1, g, how=self.options.how)[0], keys, rng(self.problem.seed, number))

    def tell(self, events: Iterable[Event]) -> None:
        """Remember what was proposed, by whomever."""
        self.seen.update(e.point.key for e in events if isinstance(e, Trial))
