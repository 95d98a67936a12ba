"""RSPS: train randomly drawn single paths, then take the best of some random candidates by their inherited scores.

Li and Talwalkar, "Random search and reproducibility for neural architecture search", UAI 2019,
https://arxiv.org/abs/1902.07638. Deviations: a path is drawn from the priors of the space (uniform unless weights are given);
no candidate is scored twice; candidates over a limit on parameters or FLOPs are redrawn; the best few are retrained, not one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import attrs

from algorithms.oneshot.derive import retrainings
from algorithms.oneshot.schedule import SEARCH_SHARE, epochs_for, planned_steps, steps_of
from algorithms.oneshot.scoring import SCORE_SHARE, Scores, affordable, random_path
from algorithms.settings import count
from symbolic.search.events import Event, Plain, Result, Trial
from symbolic.search.problem import Needs, Problem
from symbolic.search.protocols import Proposer
from symbolic.search.stages import Stage
from symbolic.table import sample


@attrs.frozen
class RSPS:
    """Random search with parameter sharing.

    `epochs` of the supernet (None: as the budget allows); then `candidates` random ones (None: 100 as in the paper, fewer where
    time is short) are scored on `batches` validation batches each (8 of the backend's 64 examples are the paper's one of 512).
    The `derive` best are retrained at the end (None: the budget's trials, or 1).
    """

    epochs: int | None = count()
    candidates: int | None = count()
    batches: int = count(default=8)
    derive: int | None = count()

    @property
    def needs(self) -> Needs:
        """A supernet that steps and scores single paths; discrete decisions; one objective."""
        kinds = frozenset({"one", "subset", "permutation", "int"})
        return Needs(signals=frozenset({"step", "score", "evaluate"}), kinds=kinds)

    def scaled(self, problem: Problem) -> RSPS:
        """Return the settings for this budget."""
        epochs = self.epochs or epochs_for(problem, ("step",), share=SEARCH_SHARE - SCORE_SHARE)
        candidates = self.candidates or affordable(problem, 100)
        return attrs.evolve(self, epochs=epochs, candidates=candidates, derive=self.derive or problem.budget.trials or 1)

    def stages(self, problem: Problem) -> tuple[Stage, ...]:
        """Return the weight steps, the scores, and what is retrained."""
        steps, seconds = planned_steps(problem, self.epochs), problem.facts.seconds
        what = f"weight steps of random paths, {self.epochs} epochs"
        return (
            Stage(what, steps, each_s=seconds.get("step"), evaluation=False),
            Stage("scores of random candidates", self.candidates, each_s=seconds.get("score"), evaluation=False),
            Stage("retrained candidates", self.derive),
        )

    def start(self, problem: Problem) -> Proposer:
        """Return a running search."""
        settings = self.scaled(problem)
        assert settings.epochs is not None
        return RSPSSearch(problem, settings, steps_of(problem, settings.epochs))


@attrs.define
class RSPSSearch:
    """How many steps were asked for, what is in flight, how many were derived, and the scores."""

    problem: Problem
    settings: RSPS
    total: int
    stepped: int = 0
    waiting: int = 0
    derived: int = 0
    scores: Scores = attrs.field(factory=Scores)

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        """Propose weight steps in bursts, then scores, then the best candidates for retraining."""
        if self.stepped < self.total:
            return self._steps(numbers)
        if self.waiting and not self.scores.asked:
            return []
        return (self._scores(numbers) if not self.derived else []) or self._derived(numbers)

    def _steps(self, numbers: Sequence[int]) -> list[Trial]:
        return [
            Trial(number, random_path(self.problem, number), "step", progress=(self.stepped + k) / self.total)
            for k, number in enumerate(numbers[: self.total - self.stepped])
        ]

    def _scores(self, numbers: Sequence[int]) -> list[Trial]:
        wanted, table = self.settings.candidates or 0, self.problem.table
        return self.scores.propose(self.problem, numbers, wanted, self.settings.batches, lambda g: sample(table, 1, g)[0])

    def _derived(self, numbers: Sequence[int]) -> list[Trial]:
        if self.waiting and not self.derived:
            return []
        return retrainings(numbers, self.settings.derive or 0, self.derived, partial(self.scores.best, self.problem))

    def tell(self, events: Iterable[Event]) -> None:
        """Count steps and scores; remember each scored candidate with its loss."""
        for event in events:
            match event:
                case Trial():
                    self.waiting += 1
                    self._count(event)
                case Result() if event.final:
                    self.waiting -= 1
                    self.scores.remember(self.problem, event)

    def _count(self, trial: Trial) -> None:
        match trial.purpose:
            case "step":
                self.stepped += 1
            case "score":
                self.scores.told(trial)
            case "evaluate":
                self.derived += trial.origin == "search" and self.stepped >= self.total  # else another algorithm's
            case "gradient" | "lookahead":
                pass

    def state_dict(self) -> dict[str, Plain]:
        """Return counters and scores."""
        return {"counters": [self.stepped, self.waiting, self.derived], "scores": self.scores.state()}

    def load_state_dict(self, state: Mapping[str, Plain]) -> None:
        """Continue from a state."""
        self.stepped, self.waiting, self.derived = state["counters"]
        self.scores = Scores.of(state["scores"])
