"""ENAS: an LSTM controller draws the paths the weights train on, and learns by REINFORCE from their inherited scores.

Pham et al., "Efficient neural architecture search via parameter sharing", ICML 2018, https://arxiv.org/abs/1802.03268, with the
settings of the release for NAS-Bench-201. Deviations: every decision of the program is a step of the LSTM, in table order, and
those with equally many options share embedding and head; an update reads one score, not the mean of several; paths that break a
constraint are drawn anew without correcting their probability; no candidate of the last stage is scored twice and those over a
limit are redrawn; the best few are retrained, not one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import attrs
import numpy as np

from algorithms.oneshot.adam import F64, Adam, Moments, restored
from algorithms.oneshot.derive import retrainings
from algorithms.oneshot.schedule import DEFAULT_EPOCHS, SEARCH_SHARE, planned_steps, steps_of
from algorithms.oneshot.scoring import SCORE_SHARE, Scores, affordable
from algorithms.settings import at_least_zero, betas, count, positive, share
from symbolic.search.events import Event, Plain, Result, Trial
from symbolic.search.problem import Needs, Problem
from symbolic.search.protocols import Proposer
from symbolic.search.randomness import INITIAL, rng
from symbolic.search.stages import Stage

if TYPE_CHECKING:
    from algorithms.oneshot.controller import Choice, Controller

EPS = 1e-3


@attrs.frozen
class ENAS:
    """Efficient search by parameter sharing.

    Each of `epochs` (None: as the budget allows) trains the weights on the controller's paths, then makes `updates` of the
    controller (50), each by one score on `batches` validation batches (8 of the backend's 64 examples are the release's one of
    512). Reward: minus the loss plus `entropy` (1e-4) times the entropy, against a moving average (`momentum` 0.99); Adam with
    `lr` 1e-3 and `betas`, gradients clipped to norm `clip` (5). Then `candidates` of the controller (None: 100, fewer where
    time is short) are scored and the `derive` best retrained (None: the budget's trials, or 1).
    """

    epochs: int | None = count()
    updates: int = count(default=50)
    batches: int = count(default=8)
    entropy: float = at_least_zero(default=1e-4)
    momentum: float = share(default=0.99)
    lr: float = positive(default=1e-3)
    betas: tuple[float, float] = betas(default=(0.5, 0.999))
    clip: float = positive(default=5.0)
    candidates: int | None = count()
    derive: int | None = count()

    @property
    def needs(self) -> Needs:
        """A supernet that steps and scores single paths; discrete decisions; one objective."""
        kinds = frozenset({"one", "subset", "int"})
        return Needs(signals=frozenset({"step", "score", "evaluate"}), kinds=kinds)

    def scaled(self, problem: Problem) -> ENAS:
        """Return the settings for this budget; a score of an update counts as a whole one, an upper bound."""
        candidates = self.candidates or affordable(problem, 100)
        epochs = self.epochs or self._affordable_epochs(problem)
        return attrs.evolve(self, epochs=epochs, candidates=candidates, derive=self.derive or problem.budget.trials or 1)

    def _affordable_epochs(self, problem: Problem) -> int:
        facts, seconds = problem.facts, problem.budget.seconds
        step_s, score_s = facts.seconds.get("step"), facts.seconds.get("score")
        if seconds is None or facts.steps_per_epoch is None or step_s is None or score_s is None:
            return DEFAULT_EPOCHS
        return max(1, int((SEARCH_SHARE - SCORE_SHARE) * seconds / (facts.steps_per_epoch * step_s + self.updates * score_s)))

    def stages(self, problem: Problem) -> tuple[Stage, ...]:
        """Return the weight steps, the scores of updates and of the last stage, and what is retrained."""
        steps, seconds = planned_steps(problem, self.epochs), problem.facts.seconds
        updates, score_s = self.updates * (self.epochs or 0), seconds.get("score")
        what = f"weight steps of the controller's paths, {self.epochs} epochs"
        return (
            Stage(what, steps, each_s=seconds.get("step"), evaluation=False),
            Stage("scores that teach the controller", updates, each_s=score_s, evaluation=False),
            Stage("scores of the controller's candidates", self.candidates, each_s=score_s, evaluation=False),
            Stage("retrained candidates", self.derive),
        )

    def start(self, problem: Problem) -> Proposer:
        """Return a running search."""
        from algorithms.oneshot.controller import Controller

        controller = Controller(problem.table.options)
        vector = rng(problem.seed, 0, INITIAL).uniform(-0.1, 0.1, controller.size)
        return ENASSearch(problem, self.scaled(problem), controller, vector, Moments.zeros(controller.size))


@attrs.define
class ENASSearch:
    """The controller's parameters `[parameter]`, their moments, the baseline, counters and the scores of the last stage.

    `stepped` weight steps and `updated` scores for the controller were asked for in all epochs together.
    """

    problem: Problem
    settings: ENAS
    controller: Controller
    vector: F64
    moments: Moments
    baseline: float | None = None
    stepped: int = 0
    updated: int = 0
    waiting: int = 0
    derived: int = 0
    scores: Scores = attrs.field(factory=Scores)

    @property
    def searching(self) -> bool:
        """Whether epochs are left."""
        return self.updated < self.settings.updates * (self.settings.epochs or 0)

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        """Propose an epoch of weight steps in bursts, then updates one by one; in the end scores and the best candidates."""
        self.controller.load(self.vector)
        if self.searching:
            return self._epoch(numbers)
        if self.waiting and not self.scores.asked:
            return []
        return (self._scores(numbers) if not self.derived else []) or self._derived(numbers)

    def _epoch(self, numbers: Sequence[int]) -> list[Trial]:
        epoch, length = self.updated // self.settings.updates, steps_of(self.problem, 1)
        left = length * (epoch + 1) - self.stepped
        if self.waiting and left in (0, length):
            return []  # the controller is about to move, or weights are
        if not left:
            return [Trial(n, self._choice(n).point, "score", batches=self.settings.batches) for n in numbers[:1]]
        total = length * (self.settings.epochs or 1)
        return [
            Trial(n, self._choice(n).point, "step", progress=(self.stepped + k) / total) for k, n in enumerate(numbers[:left])
        ]

    def _choice(self, number: int) -> Choice:
        """What the controller draws for a trial: the same again at its result, since the parameters rest in between."""
        return self.controller.draw(rng(self.problem.seed, number))

    def _scores(self, numbers: Sequence[int]) -> list[Trial]:
        wanted = self.settings.candidates or 0
        return self.scores.propose(
            self.problem, numbers, wanted, self.settings.batches, lambda generator: self.controller.draw(generator).point
        )

    def _derived(self, numbers: Sequence[int]) -> list[Trial]:
        if self.waiting and not self.derived:
            return []
        return retrainings(numbers, self.settings.derive or 0, self.derived, partial(self.scores.best, self.problem))

    def tell(self, events: Iterable[Event]) -> None:
        """Count what is asked for; a score of an epoch updates the controller, later ones are remembered."""
        for event in events:
            match event:
                case Trial():
                    self.waiting += 1
                    self._count(event)
                case Result() if event.final:
                    self.waiting -= 1
                    if self.scores.asked:
                        self.scores.remember(self.problem, event)
                    elif event.trial.purpose == "score":
                        self._learn(event)

    def _count(self, trial: Trial) -> None:
        match trial.purpose:
            case "step":
                self.stepped += 1
            case "score" if self.searching:
                self.updated += 1
            case "score":
                self.scores.told(trial)
            case "evaluate":
                self.derived += trial.origin == "search" and not self.searching  # else another algorithm's
            case "gradient" | "lookahead":
                pass

    def _learn(self, result: Result) -> None:
        """Take one step of REINFORCE; the first reward is the first baseline and moves nothing."""
        loss = float(self.problem.objectives.losses(result)[0])
        self.controller.load(self.vector)
        choice = self._choice(result.trial.number)
        if not np.isfinite(loss) or choice.point.key != result.trial.point.key:
            return
        reward = self.settings.entropy * choice.entropy - loss
        before = reward if self.baseline is None else self.baseline
        slope = -(reward - before) * self.controller.gradient(choice)
        slope *= min(1.0, self.settings.clip / max(float(np.linalg.norm(slope)), 1e-12))
        adam = Adam(self.settings.lr, self.settings.betas, decay=0.0, eps=EPS)
        self.vector, self.moments = adam.step(self.vector, slope, self.moments)
        self.baseline = self.settings.momentum * before + (1 - self.settings.momentum) * reward

    def state_dict(self) -> dict[str, Plain]:
        """Return parameters, moments, baseline, counters and scores."""
        return {
            "vector": self.vector.copy(),
            "moments": self.moments.state(),
            "baseline": self.baseline,
            "counters": [self.stepped, self.updated, self.waiting, self.derived],
            "scores": self.scores.state(),
        }

    def load_state_dict(self, state: Mapping[str, Plain]) -> None:
        """Continue from a state."""
        self.vector, self.moments = restored(state, "vector"), Moments.of(state["moments"])
        self.baseline, self.scores = state["baseline"], Scores.of(state["scores"])
        self.stepped, self.updated, self.waiting, self.derived = state["counters"]
