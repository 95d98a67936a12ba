"""NSGA-II: parents win tournaments by rank and crowding, survivors are the best of parents and children together.

Deb, Pratap, Agarwal and Meyarivan, "A fast and elitist multiobjective genetic algorithm: NSGA-II", IEEE Transactions on
Evolutionary Computation 6(2), 2002. Constraints are handled as there: what breaks a limit less is better than what breaks it
more, and anything feasible is better than both. Deviations: crossover takes one decision with its subtree, and mutation changes
one decision, so that both work on every space; a generation ends when `population` results are in, whoever they are of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs
import numpy as np

from algorithms.history import History
from algorithms.settings import count, share
from symbolic.points import Point, Population
from symbolic.search.events import Event, Plain, Trial
from symbolic.search.problem import Needs, Problem
from symbolic.search.protocols import Proposer
from symbolic.search.randomness import rng
from symbolic.search.unseen import Keys, fresh, unseen
from symbolic.table import crossover, mutate_one, sample

USUAL = 50


@attrs.frozen
class NSGA2:
    """NSGA-II with `population` survivors (left out: a tenth of the budget, 10 to 50).

    A child is crossed with probability `crossover`, and mutated then with probability `mutation`, otherwise always.
    """

    population: int | None = count(at_least=2)
    crossover: float = share(default=0.9)
    mutation: float = share(default=0.7)

    @property
    def needs(self) -> Needs:
        """Anything that can be evaluated, any number of objectives."""
        return Needs(objectives=None)

    def scaled(self, problem: Problem) -> NSGA2:
        """Return the settings for the budget."""
        trials = problem.budget.trials
        fit = USUAL if trials is None else int(np.clip(trials // 10, 10, USUAL))
        return attrs.evolve(self, population=self.population or fit)

    def start(self, problem: Problem) -> Proposer:
        """Return a running search."""
        return NSGA2Search(problem, self, self.population or USUAL, History(problem.objectives))


@attrs.define
class NSGA2Search:
    """Positions in the history: `parents`, best first, and the results that `arrived` since they were chosen."""

    problem: Problem
    options: NSGA2
    size: int
    history: History
    parents: list[int] = attrs.field(factory=list)
    arrived: int = 0

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        """Propose draws from the priors until the first generation is in, then children."""
        return [Trial(number, point) for number, point in fresh(numbers, self.history.seen, self._find)]

    def _find(self, number: int, keys: Keys) -> Point | None:
        draw = self._child if self.parents else self._founder
        return unseen(self.problem.table, draw, keys, rng(self.problem.seed, number))

    def _founder(self, generator: np.random.Generator) -> Point:
        return sample(self.problem.table, 1, generator)[0]

    def _child(self, generator: np.random.Generator) -> Point:
        table, first = self.problem.table, self._parent(generator)
        if generator.random() >= self.options.crossover:
            return mutate_one(table, first, generator)
        second = self._parent(generator)
        child = crossover(table, Population.of([first]), Population.of([second]), generator)[0]
        return mutate_one(table, child, generator) if generator.random() < self.options.mutation else child

    def _parent(self, generator: np.random.Generator) -> Point:
        """The better of two survivors: they are kept best first."""
        return self.history.finished[self.parents[int(generator.integers(len(self.parents), size=2).min())]].point

    def tell(self, events: Iterable[Event]) -> None:
        """Remember; a full generation joins the parents, and the best of both survive."""
        for event in events:
            before = len(self.history.finished)
            self.history.tell([event])
            self.arrived += len(self.history.finished) - before
            if self.arrived == self.size:
                children = range(len(self.history.finished) - self.size, len(self.history.finished))
                order = self.history.order(np.array([*self.parents, *children], np.int64))
                self.parents, self.arrived = order[: self.size].tolist(), 0

    def state_dict(self) -> dict[str, Plain]:
        """Return history, parents and the count of the running generation."""
        return {**self.history.state(), "parents": list(self.parents), "arrived": self.arrived}

    def load_state_dict(self, state: Mapping[str, Plain]) -> None:
        """Continue from a state."""
        self.history.load(state)
        self.parents, self.arrived = [int(p) for p in state["parents"]], int(state["arrived"])
