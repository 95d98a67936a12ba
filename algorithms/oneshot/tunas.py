"""TuNAS: sampled paths carry the weights, REINFORCE moves the logits by inherited scores; a warm-up trains everything first.

Bender et al., "Can weight sharing outperform random architecture search? An investigation with TuNAS", CVPR 2020,
https://arxiv.org/abs/2008.06120, with the rules of the release for NATS-Bench (no decay of the logits). Deviations: the
warm-up's full mask is the mixture of equal weights; the reward is the objective alone: parameters and FLOPs are limits on what
is derived; paths that break a constraint are drawn anew without correcting their probability; the derived candidates are the
likeliest feasible ones; under a short budget the logits' learning rate grows as in `darts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs
import numpy as np

from algorithms.oneshot.adam import F64, Adam, Moments, restored
from algorithms.oneshot.derive import likeliest, retrainings
from algorithms.oneshot.schedule import epochs_for, planned_steps, reach, steps_of
from algorithms.oneshot.scoring import drawn
from algorithms.settings import at_least_zero, betas, count, positive, share
from symbolic.points import Mixture, Point
from symbolic.search.events import Event, Plain, Result, Trial
from symbolic.search.problem import Needs, Problem
from symbolic.search.protocols import Proposer
from symbolic.search.randomness import INITIAL, rng
from symbolic.search.stages import Stage


@attrs.frozen
class TuNAS:
    """REINFORCE on a supernet, with warm-up.

    `epochs` of the supernet (None: as the budget allows); during the first `warmup` of them (0.25) the logits rest, and a step
    trains all options at once with a probability that falls to 0; `momentum` of the baseline, a moving average of rewards
    (0.95); `batches` of validation data a score (1); `lr`, `betas`, `decay` of Adam on the logits (3e-4, (0.5, 0.999), 0; lr
    None: grown for a short run); `derive` candidates are retrained at the end (None: the budget's trials, or 1).
    """

    epochs: int | None = count()
    warmup: float = share(default=0.25)
    momentum: float = share(default=0.95)
    batches: int = count(default=1)
    lr: float | None = positive()
    betas: tuple[float, float] = betas(default=(0.5, 0.999))
    decay: float = at_least_zero(default=0.0)
    derive: int | None = count()

    @property
    def needs(self) -> Needs:
        """A supernet that steps, at mixtures too, and scores; discrete decisions; one objective."""
        # a mixture must be possible: that is what `gradient` says of a backend
        return Needs(signals=frozenset({"step", "gradient", "score", "evaluate"}), kinds=frozenset({"one", "subset", "int"}))

    def scaled(self, problem: Problem) -> TuNAS:
        """Return the settings for this budget; a round counts as a step at a path and one at a mixture, an upper bound."""
        epochs = self.epochs or epochs_for(problem, ("step", "mixture"))
        derive = self.derive or problem.budget.trials or 1
        return attrs.evolve(self, epochs=epochs, lr=self.lr or reach(problem, epochs), derive=derive)

    def stages(self, problem: Problem) -> tuple[Stage, ...]:
        """Return the weight steps, the scores, and what is retrained."""
        steps, seconds = planned_steps(problem, self.epochs), problem.facts.seconds
        scores = None if steps is None else steps - int(np.ceil(self.warmup * steps))
        return (
            Stage(f"weight steps, {self.epochs} epochs", steps, each_s=seconds.get("step"), evaluation=False),
            Stage("scores of sampled paths", scores, each_s=seconds.get("score"), evaluation=False),
            Stage("retrained candidates", self.derive),
        )

    def start(self, problem: Problem) -> Proposer:
        """Return a running search."""
        settings = self.scaled(problem)
        assert settings.epochs is not None
        size, total = problem.table.options.count, steps_of(problem, settings.epochs)
        logits = 1e-3 * rng(problem.seed, 0, INITIAL).normal(size=size)
        return TuNASSearch(problem, settings, total, int(np.ceil(self.warmup * total)), logits, Moments.zeros(size))


@attrs.define
class TuNASSearch:
    """Logits `[option]`, their moments, the baseline, steps and scores asked for, what is in flight, how many were derived.

    Of the `total` steps the first `warm` are the warm-up; each later one is followed by a score.
    """

    problem: Problem
    settings: TuNAS
    total: int
    warm: int
    logits: F64
    moments: Moments
    baseline: float | None = None
    stepped: int = 0
    scored: int = 0
    waiting: int = 0
    derived: int = 0

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        """Propose the warm-up in bursts, then pairs of a step and a score, then the derived candidates."""
        if self.stepped < self.warm:
            return [self._warm_step(number, k) for k, number in enumerate(numbers[: self.warm - self.stepped], self.stepped)]
        if self.scored < self.total - self.warm:
            return self._pair(numbers)
        if self.waiting and not self.derived:
            return []
        return self._derived(numbers)

    def _warm_step(self, number: int, step: int) -> Trial:
        generator, options = rng(self.problem.seed, number), self.problem.table.options
        full = generator.random() < 1 - step / self.warm
        point = Mixture(options.uniform()) if full else drawn(self.problem, self._probabilities(), generator)
        return Trial(number, point, "step", progress=step / self.total)

    def _pair(self, numbers: Sequence[int]) -> list[Trial]:
        """The rest of this pair; the next one waits for its score, which moves the logits."""
        half = self.stepped - self.warm > self.scored
        if self.waiting and not half:
            return []
        trials, progress = list[Trial](), (self.warm + self.scored) / self.total
        for place, number in zip(range(int(half), 2), numbers, strict=False):
            path = drawn(self.problem, self._probabilities(), rng(self.problem.seed, number))
            if place == 0:
                trials.append(Trial(number, path, "step", progress=progress))
            else:
                trials.append(Trial(number, path, "score", batches=self.settings.batches, progress=progress))
        return trials

    def _probabilities(self) -> F64:
        return self.problem.table.options.softmax(self.logits)

    def _derived(self, numbers: Sequence[int]) -> list[Trial]:
        return retrainings(numbers, self.settings.derive or 0, self.derived, self._likeliest)

    def _likeliest(self, count: int) -> list[Point]:
        return likeliest(self.problem, self._probabilities(), count, rng(self.problem.seed, 1, INITIAL))

    def tell(self, events: Iterable[Event]) -> None:
        """Count what is asked for; a score moves the logits."""
        for event in events:
            match event:
                case Trial():
                    self.waiting += 1
                    self.stepped += event.purpose == "step"
                    self.scored += event.purpose == "score"
                    done = self.stepped >= self.total and self.scored >= self.total - self.warm
                    self.derived += event.purpose == "evaluate" and event.origin == "search" and done  # else another's
                case Result() if event.final:
                    self.waiting -= 1
                    self._learn(event)

    def _learn(self, result: Result) -> None:
        """Take one step of REINFORCE: d/d logits of -(reward - baseline) log p(path)."""
        point = result.trial.point
        if result.trial.purpose != "score" or not isinstance(point, Point):
            return
        reward = -float(self.problem.objectives.losses(result)[0])
        if not np.isfinite(reward):
            return
        before = reward if self.baseline is None else self.baseline
        slope = -(reward - before) * score_function(self.problem, self._probabilities(), point)
        adam = Adam(self.settings.lr or 0.0, self.settings.betas, self.settings.decay)
        self.logits, self.moments = adam.step(self.logits, slope, self.moments)
        self.baseline = self.settings.momentum * before + (1 - self.settings.momentum) * reward

    def state_dict(self) -> dict[str, Plain]:
        """Return logits, moments, baseline and counters."""
        counters = [self.stepped, self.scored, self.waiting, self.derived]
        moments = self.moments.state()
        return {"logits": self.logits.copy(), "moments": moments, "baseline": self.baseline, "counters": counters}

    def load_state_dict(self, state: Mapping[str, Plain]) -> None:
        """Continue from a state."""
        self.logits, self.moments = restored(state, "logits"), Moments.of(state["moments"])
        self.baseline = state["baseline"]
        self.stepped, self.scored, self.waiting, self.derived = state["counters"]


def score_function(problem: Problem, p: F64, point: Point) -> F64:
    """Return d log p(point) / d logits `[option]`, p = softmax(logits): one-hot minus p at active decisions, else 0."""
    options = problem.table.options
    active = (point.index >= 0)[options.owner]
    return np.where(active, options.one_hot(point) - p, 0.0)
