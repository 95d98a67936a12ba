"""DARTS, first order: softmax mixtures trained on one half, logits moved by the validation gradient on the other.

Liu, Simonyan and Yang, "DARTS: Differentiable architecture search", ICLR 2019, https://arxiv.org/abs/1806.09055.
Deviations: every decision of the program is a mixture (widths, kernels and depths too, not only operators); the derived
candidates are the likeliest feasible ones rather than the plain argmax; under a short budget the logits' learning rate grows,
since the paper's moves them by its value times the number of steps at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

from algorithms.oneshot.adam import F64, Adam, Moments, restored
from algorithms.oneshot.derive import likeliest, retrainings
from algorithms.oneshot.schedule import epochs_for, planned_steps, reach, steps_of
from algorithms.settings import at_least_zero, betas, count, positive
from symbolic.points import Mixture, Point
from symbolic.search.events import Event, Plain, Result, Trial
from symbolic.search.problem import Needs, Problem
from symbolic.search.protocols import Proposer
from symbolic.search.randomness import INITIAL, rng
from symbolic.search.stages import Stage


@attrs.frozen
class DARTS:
    """First-order DARTS.

    `epochs` of the supernet (None: as the budget allows); `lr`, `betas`, `decay` of Adam on the logits (paper: 3e-4, (0.5,
    0.999), 1e-3; None: grown for a short run); `derive` candidates are retrained at the end (None: the budget's trials, or 1).
    """

    epochs: int | None = count()
    lr: float | None = positive()
    betas: tuple[float, float] = betas(default=(0.5, 0.999))
    decay: float = at_least_zero(default=1e-3)
    derive: int | None = count()

    @property
    def needs(self) -> Needs:
        """A supernet that steps and differentiates; discrete decisions; one objective."""
        kinds = frozenset({"one", "subset", "int"})
        return Needs(signals=frozenset({"step", "gradient", "evaluate"}), kinds=kinds)

    def scaled(self, problem: Problem) -> DARTS:
        """Return the settings for this budget."""
        epochs = self.epochs or epochs_for(problem, ("mixture", "gradient"))
        lr = self.lr or reach(problem, epochs)
        return attrs.evolve(self, epochs=epochs, lr=lr, derive=self.derive or problem.budget.trials or 1)

    def stages(self, problem: Problem) -> tuple[Stage, ...]:
        """Return the pairs of weight step and gradient, and what is retrained."""
        steps, seconds = planned_steps(problem, self.epochs), problem.facts.seconds
        what = f"weight steps of the supernet at a mixture, {self.epochs} epochs"
        return (
            Stage(what, steps, each_s=seconds.get("mixture"), evaluation=False),
            Stage("gradients of the mixture", steps, each_s=seconds.get("gradient"), evaluation=False),
            Stage("retrained candidates", self.derive),
        )

    def start(self, problem: Problem) -> Proposer:
        """Return a running search."""
        settings = self.scaled(problem)
        assert settings.epochs is not None and settings.lr is not None and settings.derive is not None
        size = problem.table.options.count
        logits = 1e-3 * rng(problem.seed, 0, INITIAL).normal(size=size)
        adam = Adam(settings.lr, self.betas, self.decay)
        return DARTSSearch(problem, adam, steps_of(problem, settings.epochs), settings.derive, logits, Moments.zeros(size))


@attrs.define
class DARTSSearch:
    """Logits `[option]`, their moments, finished iterations, what is in flight, and how many were derived."""

    problem: Problem
    adam: Adam
    total: int
    derive: int
    logits: F64
    moments: Moments
    iteration: int = 0
    asked: int = 0
    waiting: int = 0
    derived: int = 0

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        """Propose a weight step and a gradient at the current mixture, in pairs; then the derived candidates."""
        if self.iteration < self.total:
            return self._pair(numbers)
        if self.waiting and not self.derived:
            return []
        return self._derived(numbers)

    def _pair(self, numbers: Sequence[int]) -> list[Trial]:
        mixture = Mixture(self.problem.table.options.softmax(self.logits))
        progress = self.iteration / self.total
        purposes = ["step", "gradient"] if self.asked == 0 else ["gradient"] if self.asked == 1 else []
        return [
            Trial(n, mixture, "step" if p == "step" else "gradient", progress=progress)
            for n, p in zip(numbers, purposes, strict=False)
        ]

    def _derived(self, numbers: Sequence[int]) -> list[Trial]:
        return retrainings(numbers, self.derive, self.derived, self._likeliest)

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
            gradient = self.problem.table.options.softmax_vjp(result.trial.point.weights, result.gradient)
            self.logits, self.moments = self.adam.step(self.logits, gradient, self.moments)
        self.iteration += 1
        self.asked = 0

    def state_dict(self) -> dict[str, Plain]:
        """Return logits, moments and counters."""
        counters = [self.iteration, self.asked, self.waiting, self.derived]
        return {"logits": self.logits.copy(), "moments": self.moments.state(), "counters": counters}

    def load_state_dict(self, state: Mapping[str, Plain]) -> None:
        """Continue from a state."""
        self.logits, self.moments = restored(state, "logits"), Moments.of(state["moments"])
        self.iteration, self.asked, self.waiting, self.derived = state["counters"]
