"""SETN: weights from uniformly drawn paths, logits from the softmax mixture, the winner from scores of drawn candidates.

Dong and Yang, "One-shot neural architecture search via self-evaluated template network", ICCV 2019,
https://arxiv.org/abs/1910.05733, with the rules of its release for NAS-Bench-201. Deviations: every decision of the program has
logits (widths, kernels and depths too); a path is drawn from the priors of the space (uniform unless weights are given); no
candidate is scored twice and those over a limit are redrawn; the best few are retrained, not one; under a short budget the
logits' learning rate grows as in `darts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import attrs

from algorithms.oneshot.adam import F64, Adam, Moments, restored
from algorithms.oneshot.derive import retrainings
from algorithms.oneshot.schedule import SEARCH_SHARE, epochs_for, planned_steps, reach, steps_of
from algorithms.oneshot.scoring import SCORE_SHARE, Scores, affordable, drawn, random_path
from algorithms.settings import at_least_zero, betas, count, positive
from symbolic.points import Mixture
from symbolic.search.events import Event, Plain, Result, Trial
from symbolic.search.problem import Needs, Problem
from symbolic.search.protocols import Proposer
from symbolic.search.randomness import INITIAL, rng
from symbolic.search.stages import Stage


@attrs.frozen
class SETN:
    """Self-evaluated template network.

    `epochs` of the supernet (None: as the budget allows); `lr`, `betas`, `decay` of Adam on the logits (3e-4, (0.5, 0.999),
    1e-3; lr None: grown for a short run); then `candidates` drawn by their probabilities (None: 100, fewer where time is short)
    are scored on `batches` validation batches each (8 of the backend's 64 examples are the release's one of 512). The `derive`
    best are retrained at the end (None: the budget's trials, or 1).
    """

    epochs: int | None = count()
    lr: float | None = positive()
    betas: tuple[float, float] = betas(default=(0.5, 0.999))
    decay: float = at_least_zero(default=1e-3)
    candidates: int | None = count()
    batches: int = count(default=8)
    derive: int | None = count()

    @property
    def needs(self) -> Needs:
        """A supernet that steps, differentiates and scores; discrete decisions; one objective."""
        kinds = frozenset({"one", "subset", "int"})
        return Needs(signals=frozenset({"step", "gradient", "score", "evaluate"}), kinds=kinds)

    def scaled(self, problem: Problem) -> SETN:
        """Return the settings for this budget."""
        epochs = self.epochs or epochs_for(problem, ("step", "gradient"), share=SEARCH_SHARE - SCORE_SHARE)
        return attrs.evolve(
            self,
            epochs=epochs,
            lr=self.lr or reach(problem, epochs),
            candidates=self.candidates or affordable(problem, 100),
            derive=self.derive or problem.budget.trials or 1,
        )

    def stages(self, problem: Problem) -> tuple[Stage, ...]:
        """Return the pairs of weight step and gradient, the scores, and what is retrained."""
        steps, seconds = planned_steps(problem, self.epochs), problem.facts.seconds
        what = f"weight steps of random paths, {self.epochs} epochs"
        return (
            Stage(what, steps, each_s=seconds.get("step"), evaluation=False),
            Stage("gradients of the mixture", steps, each_s=seconds.get("gradient"), evaluation=False),
            Stage("scores of drawn candidates", self.candidates, each_s=seconds.get("score"), evaluation=False),
            Stage("retrained candidates", self.derive),
        )

    def start(self, problem: Problem) -> Proposer:
        """Return a running search."""
        settings = self.scaled(problem)
        assert settings.epochs is not None
        size = problem.table.options.count
        logits = 1e-3 * rng(problem.seed, 0, INITIAL).normal(size=size)
        return SETNSearch(problem, settings, steps_of(problem, settings.epochs), logits, Moments.zeros(size))


@attrs.define
class SETNSearch:
    """Logits `[option]`, their moments, finished iterations, what is in flight, how many were derived, and the scores."""

    problem: Problem
    settings: SETN
    total: int
    logits: F64
    moments: Moments
    iteration: int = 0
    asked: int = 0
    waiting: int = 0
    derived: int = 0
    scores: Scores = attrs.field(factory=Scores)

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        """Propose a weight step and a gradient, in pairs; then scores; then the best candidates for retraining."""
        if self.iteration < self.total:
            return self._pair(numbers)
        if self.waiting and not self.scores.asked:
            return []
        return (self._scores(numbers) if not self.derived else []) or self._derived(numbers)

    def _pair(self, numbers: Sequence[int]) -> list[Trial]:
        """The rest of this iteration: the step at a random path, the gradient at the mixture."""
        trials, progress = list[Trial](), self.iteration / self.total
        for place, number in zip(range(self.asked, 2), numbers, strict=False):
            if place == 0:
                trials.append(Trial(number, random_path(self.problem, number), "step", progress=progress))
            else:
                trials.append(Trial(number, Mixture(self._probabilities()), "gradient", progress=progress))
        return trials

    def _probabilities(self) -> F64:
        return self.problem.table.options.softmax(self.logits)

    def _scores(self, numbers: Sequence[int]) -> list[Trial]:
        wanted, p = self.settings.candidates or 0, self._probabilities()
        return self.scores.propose(
            self.problem, numbers, wanted, self.settings.batches, lambda generator: drawn(self.problem, p, generator)
        )

    def _derived(self, numbers: Sequence[int]) -> list[Trial]:
        if self.waiting and not self.derived:
            return []
        return retrainings(numbers, self.settings.derive or 0, self.derived, partial(self.scores.best, self.problem))

    def tell(self, events: Iterable[Event]) -> None:
        """Count what is in flight; a gradient moves the logits and ends the iteration; scores are remembered."""
        for event in events:
            match event:
                case Trial():
                    self.waiting += 1
                    self._count(event)
                case Result() if event.final:
                    self.waiting -= 1
                    self.scores.remember(self.problem, event)
                    self._learn(event)

    def _count(self, trial: Trial) -> None:
        match trial.purpose:
            case "step" | "gradient" | "lookahead":
                self.asked += 1
            case "score":
                self.scores.told(trial)
            case "evaluate":
                self.derived += trial.origin == "search" and self.iteration >= self.total  # else another algorithm's

    def _learn(self, result: Result) -> None:
        if result.trial.purpose != "gradient":
            return
        if result.gradient is not None and isinstance(result.trial.point, Mixture):
            slope = self.problem.table.options.softmax_vjp(result.trial.point.weights, result.gradient)
            adam = Adam(self.settings.lr or 0.0, self.settings.betas, self.settings.decay)
            self.logits, self.moments = adam.step(self.logits, slope, self.moments)
        self.iteration += 1
        self.asked = 0

    def state_dict(self) -> dict[str, Plain]:
        """Return logits, moments, counters and scores."""
        counters = [self.iteration, self.asked, self.waiting, self.derived]
        return {
            "logits": self.logits.copy(),
            "moments": self.moments.state(),
            "counters": counters,
            "scores": self.scores.state(),
        }

    def load_state_dict(self, state: Mapping[str, Plain]) -> None:
        """Continue from a state."""
        self.logits, self.moments = restored(state, "logits"), Moments.of(state["moments"])
        self.iteration, self.asked, self.waiting, self.derived = state["counters"]
        self.scores = Scores.of(state["scores"])
