"""Regularized (aging) evolution: tournament selection, one mutation, the oldest member dies.

Real, Aggarwal, Huang and Le, "Regularized evolution for image classifier architecture search", AAAI 2019,
https://arxiv.org/abs/1802.01548. Deviations: candidates are not proposed twice; infeasible results are compared by how far they
violate their limits, so a population can climb back; population and tournament shrink with a small budget of trials.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

import attrs
import numpy as np

from algorithms.settings import count
from symbolic.points import Point
from symbolic.search.events import Event, Plain, Result, Trial
from symbolic.search.problem import Needs, Problem
from symbolic.search.protocols import Proposer
from symbolic.search.randomness import rng
from symbolic.search.unseen import Keys, fresh, unseen
from symbolic.table import mutate_one, sample

POPULATION, TOURNAMENT = 100, 25


@attrs.frozen
class RegularizedEvolution:
    """Regularized evolution. `population` (paper: 100) members are alive; `tournament` (paper: 25) of them compete.

    None: the paper's value, or less where the budget is small: a quarter of the trials, a quarter of those compete.
    """

    population: int | None = count(2)
    tournament: int | None = count()

    @property
    def needs(self) -> Needs:
        """One objective; any space."""
        return Needs()

    def scaled(self, problem: Problem) -> RegularizedEvolution:
        """Return the settings for this budget: a population of 100 makes no sense in 40 trials."""
        trials = problem.budget.trials
        population = self.population
        if population is None:
            population = 20 if trials is None else int(np.clip(trials // 4, 4, POPULATION))
        tournament = self.tournament
        if tournament is None:
            tournament = max(2, round(population * TOURNAMENT / POPULATION))
        return RegularizedEvolution(population, tournament)

    def start(self, problem: Problem) -> Proposer:
        """Return a running search."""
        return EvolutionSearch(problem, self.population or POPULATION, self.tournament or TOURNAMENT)


@attrs.frozen(eq=False)
class Member:
    """A living member: how far it violates its limits, its loss (0.0 where a violation hides it), and the point."""

    violation: float
    loss: float
    point: Point


_FITNESS = attrgetter("violation", "loss")
"""Less is better."""


@attrs.define
class EvolutionSearch:
    """The living members, oldest first, what was proposed, and how often."""

    problem: Problem
    population: int
    tournament: int
    alive: deque[Member] = attrs.field(factory=deque)
    seen: set[bytes] = attrs.field(factory=set)
    proposed: int = 0

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        """Propose random candidates until the population is full, then a mutant of a tournament's winner each."""
        return [Trial(number, point) for number, point in fresh(numbers, self.seen, self._find)]

    def _find(self, number: int, keys: Keys) -> Point | None:
        founding = self.proposed + len(keys.batch) < self.population or not self.alive
        draw = self._founder if founding else self._child
        return unseen(self.problem.table, draw, keys, rng(self.problem.seed, number))

    def _founder(self, generator: np.random.Generator) -> Point:
        return sample(self.problem.table, 1, generator)[0]

    def _child(self, generator: np.random.Generator) -> Point:
        drawn = generator.integers(len(self.alive), size=self.tournament).tolist()
        parent = min([self.alive[i] for i in drawn], key=_FITNESS)
        return mutate_one(self.problem.table, parent.point, generator)

    def tell(self, events: Iterable[Event]) -> None:
        """A trial counts as proposed; a final result joins the population, and the oldest dies. Failed ones never join."""
        for event in events:
            match event:
                case Trial():
                    self.proposed += 1
                    self.seen.add(event.point.key)
                case Result() if event.final and isinstance(event.trial.point, Point):
                    self._join(event, event.trial.point)

    def _join(self, result: Result, point: Point) -> None:
        violation = self.problem.objectives.violation(result)
        loss = float(self.problem.objectives.losses(result)[0])
        if math.isinf(violation) or (violation == 0 and math.isinf(loss)):
            return
        self.alive.append(Member(violation, loss if math.isfinite(loss) else 0.0, point))
        if len(self.alive) > self.population:
            self.alive.popleft()

    def state_dict(self) -> dict[str, Plain]:
        """Return members, keys and the count."""
        alive = [(m.violation, m.loss, m.point) for m in self.alive]
        return {"alive": alive, "seen": set(self.seen), "proposed": self.proposed}

    def load_state_dict(self, state: Mapping[str, Plain]) -> None:
        """Continue from a state."""
        self.alive = deque(Member(*member) for member in state["alive"])
        self.seen, self.proposed = set(state["seen"]), int(state["proposed"])
