"""SPOS: train uniformly drawn single paths, then evolve paths on inherited scores.

Guo et al., "Single path one-shot neural architecture search with uniform sampling", ECCV 2020,
https://arxiv.org/abs/1904.00420. Deviations: a path is drawn from the priors of the space (uniform unless weights are given);
mutation changes a binomial number of decisions (p = 0.1 each, at least one); where ten tries give nothing new, a random path
fills the place; candidates over a limit on parameters or FLOPs are redrawn; population and generations shrink where a time
budget leaves little for scoring.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import attrs
import numpy as np

from algorithms.oneshot.derive import first_feasible, retrainings
from algorithms.oneshot.schedule import epochs_for, planned_steps, steps_of
from algorithms.oneshot.scoring import SCORE_SHARE, TRIES, within_limits
from algorithms.settings import count, share
from symbolic.points import Point, Population
from symbolic.search.events import Event, Plain, Result, Trial
from symbolic.search.problem import Needs, Problem
from symbolic.search.protocols import Proposer
from symbolic.search.randomness import rng
from symbolic.search.stages import Stage
from symbolic.search.unseen import Keys, fresh, unseen
from symbolic.table import crossover, mutate_one, sample


@attrs.frozen
class SPOS:
    """Single path one-shot search.

    `epochs` of the supernet (None: as the budget allows); then `generations` (paper: 20) of a `population` (paper: 50): half
    mutants with probability `mutation` a decision, half children of the `parents` (paper: 10) best. `derive` candidates are
    retrained at the end (None: the budget's trials, or 1).
    """

    epochs: int | None = count()
    population: int | None = count(2)
    generations: int | None = count()
    parents: int = count(default=10)
    mutation: float = share(default=0.1)
    derive: int | None = count()

    @property
    def needs(self) -> Needs:
        """A supernet that steps and scores single paths; discrete decisions; one objective."""
        kinds = frozenset({"one", "subset", "permutation", "int"})
        return Needs(signals=frozenset({"step", "score", "evaluate"}), kinds=kinds)

    def scaled(self, problem: Problem) -> SPOS:
        """Return the settings for this budget: as many scores as fit into a fifth of the time, at most the paper's 1,000."""
        population, generations = self.population or 50, self.generations or 20
        seconds, score_s = problem.budget.seconds, problem.facts.seconds.get("score")
        if seconds is not None and score_s:
            affordable = int(SCORE_SHARE * seconds / score_s)
            if self.population is None:
                population = int(np.clip(affordable // 5, 10, 50))
            if self.generations is None:
                generations = int(np.clip(affordable // population, 2, 20))
        epochs = self.epochs or epochs_for(problem, ("step",), share=0.7 - SCORE_SHARE)
        derive = self.derive or problem.budget.trials or 1
        return attrs.evolve(self, epochs=epochs, population=population, generations=generations, derive=derive)

    def stages(self, problem: Problem) -> tuple[Stage, ...]:
        """Return the weight steps, the scores of evolved paths, and what is retrained."""
        steps, seconds = planned_steps(problem, self.epochs), problem.facts.seconds
        scores = (self.population or 0) * (self.generations or 0)
        return (
            Stage(f"weight steps of single paths, {self.epochs} epochs", steps, each_s=seconds.get("step"), evaluation=False),
            Stage("scores of paths", scores, each_s=seconds.get("score"), evaluation=False),
            Stage("retrained candidates", self.derive),
        )

    def start(self, problem: Problem) -> Proposer:
        """Return a running search."""
        settings = self.scaled(problem)
        assert settings.epochs is not None
        return SPOSSearch(problem, settings, steps_of(problem, settings.epochs))


@attrs.define
class SPOSSearch:
    """Counters of what was asked and told, and the paths scored so far with their losses.

    `base`: how many paths had scores when the current generation began; only those can be parents.
    """

    problem: Problem
    options: SPOS
    total: int
    stepped: int = 0
    asked: int = 0
    waiting: int = 0
    derived: int = 0
    base: int = 0
    scored: list[tuple[float, Point]] = attrs.field(factory=list)
    seen: set[bytes] = attrs.field(factory=set)

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        """Propose weight steps in bursts, then generations of scores, then the best paths for retraining."""
        if self.stepped < self.total:
            return self._steps(numbers)
        if self.waiting and self.asked == 0:
            return []
        if self.asked < self._scores_wanted() and not self.derived:
            return self._scores(numbers)
        if self.waiting and not self.derived:
            return []
        return self._derived(numbers)

    def _steps(self, numbers: Sequence[int]) -> list[Trial]:
        trials = []
        for k, number in enumerate(numbers[: self.total - self.stepped]):
            path = sample(self.problem.table, 1, rng(self.problem.seed, number))[0]
            trials.append(Trial(number, path, "step", progress=(self.stepped + k) / self.total))
        return trials

    def _scores_wanted(self) -> int:
        assert self.options.population is not None and self.options.generations is not None
        return self.options.population * self.options.generations

    def _scores(self, numbers: Sequence[int]) -> list[Trial]:
        """The rest of this generation; the next one waits for all of its scores."""
        population = self.options.population
        assert population is not None
        place = self.asked % population
        if place == 0 and self.waiting:
            return []
        elders = self.scored[: len(self.scored) if place == 0 else self.base]
        best = sorted(elders, key=lambda s: s[0])[: self.options.parents]

        def find(number: int, keys: Keys) -> Point | None:
            draw = self._draw(best, mutate=place + len(keys.batch) < population // 2)
            return unseen(self.problem.table, draw, keys, rng(self.problem.seed, number))

        found = fresh(numbers[: population - place], self.seen, find)
        return [Trial(number, point, "score") for number, point in found] or self._derived(numbers)

    def _draw(self, best: Sequence[tuple[float, Point]], mutate: bool) -> Callable[[np.random.Generator], Point]:
        """How the next path is made: at random in the first generation, else a mutant or a child, within the known limits."""
        table, tries = self.problem.table, itertools.count()

        def once(generator: np.random.Generator) -> Point:
            if not best or next(tries) >= TRIES:
                return sample(table, 1, generator)[0]
            parent = best[int(generator.integers(len(best)))][1]
            if mutate:
                return self._mutant(parent, generator)
            other = best[int(generator.integers(len(best)))][1]
            return crossover(table, Population.of([parent]), Population.of([other]), generator)[0]

        return within_limits(self.problem, once)

    def _mutant(self, parent: Point, generator: np.random.Generator) -> Point:
        active = int((parent.index >= 0).sum())
        for _ in range(max(1, int(generator.binomial(active, self.options.mutation)))):
            parent = mutate_one(self.problem.table, parent, generator)
        return parent

    def _derived(self, numbers: Sequence[int]) -> list[Trial]:
        assert self.options.derive is not None
        if self.waiting and not self.derived:
            return []
        ranked = [p for _, p in sorted(self.scored, key=lambda s: s[0])]
        return retrainings(numbers, self.options.derive, self.derived, partial(first_feasible, self.problem, ranked))

    def tell(self, events: Iterable[Event]) -> None:
        """Count steps and scores; remember each scored path with its loss (failed ones are forgotten)."""
        for event in events:
            match event:
                case Trial(purpose="step"):
                    self.waiting, self.stepped = self.waiting + 1, self.stepped + 1
                case Trial(purpose="score"):
                    if self.asked % (self.options.population or 1) == 0:
                        self.base = len(self.scored)
                    self.waiting, self.asked = self.waiting + 1, self.asked + 1
                    self.seen.add(event.point.key)
                case Trial():
                    self.waiting += 1
                    self.derived += event.origin == "search" and self.stepped >= self.total  # else another algorithm's
                case Result() if event.final:
                    self.waiting -= 1
                    self._remember(event)

    def _remember(self, result: Result) -> None:
        point = result.trial.point
        if result.trial.purpose == "score" and isinstance(point, Point):
            loss = float(self.problem.objectives.losses(result)[0])
            if np.isfinite(loss):
                self.scored.append((loss, point))

    def state_dict(self) -> dict[str, Plain]:
        """Return counters, scored paths and keys."""
        counters = [self.stepped, self.asked, self.waiting, self.derived, self.base]
        return {"counters": counters, "scored": list(self.scored), "seen": set(self.seen)}

    def load_state_dict(self, state: Mapping[str, Plain]) -> None:
        """Continue from a state."""
        self.stepped, self.asked, self.waiting, self.derived, self.base = state["counters"]
        self.scored = [(float(loss), point) for loss, point in state["scored"]]
        self.seen = set(state["seen"])
