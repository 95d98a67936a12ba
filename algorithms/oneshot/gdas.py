"""GDAS: one path sampled by Gumbel-softmax carries each step; the logits learn by the straight-through gradient.

Dong and Yang, "Searching for a robust neural architecture in four GPU hours", CVPR 2019, https://arxiv.org/abs/1910.04926.
Deviations: every decision of the program is sampled, once a step (the paper draws once per cell; repeated cells of one choice
share the draw, as in the release for NAS-Bench-201); which edges a node keeps is what the program decides, there is no pruning
to the best two afterwards; the temperature falls every step, not every epoch; a path that breaks a constraint is drawn anew;
the derived candidates are the likeliest feasible ones; under a short budget the logits' learning rate grows as in `darts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs
import numpy as np

from algorithms.oneshot import gumbel
from algorithms.oneshot.adam import F64, Adam, Moments, restored
from algorithms.oneshot.derive import likeliest, retrainings
from algorithms.oneshot.schedule import annealed, epochs_for, planned_steps, reach, steps_of
from algorithms.settings import at_least_zero, betas, count, positive
from symbolic.points import Mixture, Point
from symbolic.search.events import Event, Plain, Purpose, Result, Trial
from symbolic.search.problem import Needs, Problem
from symbolic.search.protocols import Proposer
from symbolic.search.randomness import INITIAL, rng
from symbolic.search.stages import Stage


@attrs.frozen
class GDAS:
    """Gradient-based search with a differentiable architecture sampler.

    `epochs` of the supernet (None: as the budget allows); the temperature goes from `hot` to `cold` on a line (paper: 10, 0.1);
    `lr`, `betas`, `decay` of Adam on the logits (paper: 3e-4, (0.5, 0.999), 1e-3; lr None: grown for a short run); `derive`
    candidates are retrained at the end (None: the budget's trials, or 1).
    """

    epochs: int | None = count()
    hot: float = positive(default=10.0)
    cold: float = positive(default=0.1)
    lr: float | None = positive()
    betas: tuple[float, float] = betas(default=(0.5, 0.999))
    decay: float = at_least_zero(default=1e-3)
    derive: int | None = count()

    @property
    def needs(self) -> Needs:
        """A supernet that steps and differentiates; discrete decisions; one objective."""
        kinds = frozenset({"one", "subset", "int"})
        return Needs(signals=frozenset({"step", "gradient", "evaluate"}), kinds=kinds)

    def scaled(self, problem: Problem) -> GDAS:
        """Return the settings for this budget; a gradient at a single path costs about what its step does."""
        epochs = self.epochs or epochs_for(problem, ("step", "step"))
        lr = self.lr or reach(problem, epochs)
        return attrs.evolve(self, epochs=epochs, lr=lr, derive=self.derive or problem.budget.trials or 1)

    def stages(self, problem: Problem) -> tuple[Stage, ...]:
        """Return the pairs of weight step and gradient, and what is retrained."""
        steps, each_s = planned_steps(problem, self.epochs), problem.facts.seconds.get("step")
        return (
            Stage(f"weight steps of sampled paths, {self.epochs} epochs", steps, each_s=each_s, evaluation=False),
            Stage("gradients at sampled paths", steps, each_s=each_s, evaluation=False),
            Stage("retrained candidates", self.derive),
        )

    def start(self, problem: Problem) -> Proposer:
        """Return a running search."""
        settings = self.scaled(problem)
        assert settings.epochs is not None
        size = problem.table.options.count
        logits = 1e-3 * rng(problem.seed, 0, INITIAL).normal(size=size)
        return GDASSearch(problem, settings, steps_of(problem, settings.epochs), logits, Moments.zeros(size))


@attrs.define
class GDASSearch:
    """Logits `[option]`, their moments, finished iterations, what is in flight, and how many were derived."""

    problem: Problem
    settings: GDAS
    total: int
    logits: F64
    moments: Moments
    iteration: int = 0
    asked: int = 0
    waiting: int = 0
    derived: int = 0

    @property
    def temperature(self) -> float:
        """The temperature of this iteration."""
        return annealed(self.settings.hot, self.settings.cold, self.iteration, self.total)

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        """Propose a weight step and a gradient, each at a path of its own; then the derived candidates."""
        if self.iteration < self.total:
            purposes: tuple[Purpose, ...] = ("step", "gradient")
            return [self._at_path(n, p) for n, p in zip(numbers, purposes[self.asked :], strict=False)]
        if self.waiting and not self.derived:
            return []
        return self._derived(numbers)

    def _at_path(self, number: int, purpose: Purpose) -> Trial:
        return Trial(number, Mixture(self._sample(number).vertex), purpose, progress=self.iteration / self.total)

    def _sample(self, number: int) -> gumbel.Sample:
        """The sample of a trial; the logits do not move between its proposal and its result."""
        return gumbel.draw(self.problem.table.options, self.logits, rng(self.problem.seed, number))

    def _derived(self, numbers: Sequence[int]) -> list[Trial]:
        return retrainings(numbers, self.settings.derive or 0, self.derived, self._likeliest)

    def _likeliest(self, count: int) -> list[Point]:
        weights = self.problem.table.options.softmax(self.logits)
        return likeliest(self.problem, weights, count, rng(self.problem.seed, 1, INITIAL))

    def tell(self, events: Iterable[Event]) -> None:
        """Count what is in flight; a gradient moves the logits and ends the iteration."""
        for event in events:
            match event:
                case Trial(purpose="evaluate"):
                    self.waiting += 1
                    self.derived += event.origin == "search" and self.iteration >= self.total  # else another algorithm's
                case Trial():
                    self.waiting += 1
                    self.asked += 1
                case Result() if event.final:
                    self.waiting -= 1
                    self._learn(event)

    def _learn(self, result: Result) -> None:
        if result.trial.purpose != "gradient":
            return
        if result.gradient is not None and isinstance(result.trial.point, Mixture):
            self._move(self._sample(result.trial.number), result.gradient)
        self.iteration += 1
        self.asked = 0

    def _move(self, sample: gumbel.Sample, gradient: F64) -> None:
        """Take one step of Adam. What was not sampled was not computed: its part of the gradient is none, whoever filled it."""
        options, temperature = self.problem.table.options, self.temperature
        weights = gumbel.soft(options, self.logits, sample.noise, temperature)
        slope = gumbel.pull_back(options, weights, np.where(sample.vertex > 0, gradient, 0.0), temperature)
        adam = Adam(self.settings.lr or 0.0, self.settings.betas, self.settings.decay)
        self.logits, self.moments = adam.step(self.logits, slope, self.moments)

    def state_dict(self) -> dict[str, Plain]:
        """Return logits, moments and counters."""
        counters = [self.iteration, self.asked, self.waiting, self.derived]
        return {"logits": self.logits.copy(), "moments": self.moments.state(), "counters": counters}

    def load_state_dict(self, state: Mapping[str, Plain]) -> None:
        """Continue from a state."""
        self.logits, self.moments = restored(state, "logits"), Moments.of(state["moments"])
        self.iteration, self.asked, self.waiting, self.derived = state["counters"]
