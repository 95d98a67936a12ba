"""PriorBand: Hyperband's brackets filled from the user's priors, uniformly, and around the best so far.

Mallik, Bergman, Hvarfner, Stoll, Janowski, Lindauer, Nardi and Hutter, "PriorBand: practical hyperparameter optimization in
the age of deep learning", NeurIPS 2023, https://arxiv.org/abs/2306.12370. The prior gets eta^r times the share of uniform draws
in a bracket that begins at rung r; once a candidate has reached the top, the prior's share is divided between it and the
incumbent, by how likely each makes the best candidates of the highest rung that has eta of them. Deviations: densities are
kernels on the decision table, so that it works on every space; the incumbent is varied by one mutation or more, instead of by
noise on half of the decisions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from algorithms.bayesian.density import Axes, density
from algorithms.fidelity.hyperband import hyperband_search, hyperband_stages
from algorithms.fidelity.rungs import levels
from algorithms.history import History
from algorithms.settings import count, positive
from symbolic.points import Point
from symbolic.search.events import Plain, Result, Trial
from symbolic.search.problem import Needs, Problem
from symbolic.search.protocols import Proposer
from symbolic.search.randomness import rng
from symbolic.search.stages import Stage
from symbolic.search.unseen import Keys, fresh, unseen
from symbolic.table import mutate_one, sample

F64 = np.ndarray[Any, np.dtype[np.float64]]


@attrs.frozen
class PriorBand:
    """PriorBand. `spread`: width of a number's kernel around the incumbent, on its unit scale, when the shares are weighed."""

    eta: int = count(at_least=2, default=3)
    spread: float = positive(default=0.25)

    @property
    def needs(self) -> Needs:
        """A fidelity; promoted trials continue where the backend can, else they begin again."""
        return Needs(objectives=None, fidelity=True)

    def stages(self, problem: Problem) -> tuple[Stage, ...]:
        """Return the rungs of the first brackets."""
        return hyperband_stages(problem, self.eta)

    def start(self, problem: Problem) -> Proposer:
        """Return a running search. Raises `FidelityError` for fewer than two rungs."""
        rungs = tuple(History(problem.objectives) for _ in levels(problem.fidelity, self.eta))
        return hyperband_search("priorband", problem, self.eta, Ensemble(problem, self, Axes(problem.table), rungs))


def shares(start: int, eta: int, likelihoods: tuple[float, float] | None) -> tuple[float, float, float]:
    """Return the probabilities of (prior, uniform, incumbent) in a bracket that begins at rung `start`.

    `likelihoods`: of the best candidates under the prior and around the incumbent; None before there is one.

    >>> shares(1, 3, None)
    (0.75, 0.25, 0.0)
    >>> shares(1, 3, (1.0, 2.0))
    (0.25, 0.25, 0.5)
    """
    uniform = 1 / (1 + eta**start)
    prior = 1 - uniform
    if likelihoods is None:
        return prior, uniform, 0.0
    incumbent = prior * likelihoods[1] / (likelihoods[0] + likelihoods[1])
    return prior - incumbent, uniform, incumbent


@attrs.define(eq=False)
class Ensemble:
    """The three samplers. `rungs`: what ended at each; `seen`: keys of all that was proposed."""

    problem: Problem
    options: PriorBand
    axes: Axes
    rungs: tuple[History, ...]
    seen: set[bytes] = attrs.field(factory=set)

    def ask(self, numbers: Sequence[int], starts: Sequence[int]) -> Sequence[Trial]:
        """Draw per number from the prior, uniformly or around the incumbent."""
        likelihoods = self._likelihoods() if numbers else None
        start_of = dict(zip(numbers, starts, strict=True))

        def find(number: int, keys: Keys) -> Point | None:
            generator = rng(self.problem.seed, number)
            draw = self._draws()[int(generator.choice(3, p=shares(start_of[number], self.options.eta, likelihoods)))]
            return unseen(self.problem.table, draw, keys, generator)

        return [Trial(number, point) for number, point in fresh(numbers, self.seen, find)]

    def _draws(self) -> tuple[Callable[[np.random.Generator], Point], ...]:
        table = self.problem.table
        return (
            lambda g: sample(table, 1, g)[0],
            lambda g: sample(table, 1, g, how="uniform")[0],
            self._around,
        )

    def _around(self, generator: np.random.Generator) -> Point:
        """A few mutations of the incumbent, one more with probability a half each time."""
        top = self.rungs[-1]
        point = top.finished[int(top.order()[0])].point
        for _ in range(int(generator.geometric(0.5))):
            point = mutate_one(self.problem.table, point, generator)
        return point

    def _likelihoods(self) -> tuple[float, float] | None:
        """How likely the best candidates are under the prior and around the incumbent, the better ones weighing more."""
        top, eta = self.rungs[-1], self.options.eta
        known = next((r for r in reversed(self.rungs) if len(r.finished) >= eta), None)
        if known is None or not top.finished or not np.isfinite(top.losses[top.order()[0]]).all():
            return None
        best = known.rows.take(known.order()[: max(eta, len(known.finished) // eta)])
        features, weights = self.axes.features(best), np.arange(len(best), 0, -1.0)
        logs = [
            density(self.axes, rows, spread=self.options.spread, prior_weight=1.0).log(features)
            for rows in (top.rows.take(np.array([], np.int64)), top.rows.take(top.order()[:1]))
        ]
        highest = max(float(x.max()) for x in logs)
        prior, incumbent = (float(weights @ np.exp(x - highest)) for x in logs)
        return prior, incumbent

    def propose(self, trial: Trial) -> None:
        """Remember what was proposed, by whomever."""
        if isinstance(trial.point, Point):
            self.seen.add(trial.point.key)

    def end(self, result: Result, rung: int | None) -> None:
        """Remember a final result at its rung."""
        if rung is not None:
            self.rungs[rung].tell([result])

    def state(self) -> dict[str, Plain]:
        """Return results and keys."""
        return {"rungs": [r.state() for r in self.rungs], "seen": set(self.seen)}

    def load(self, state: Mapping[str, Any]) -> None:
        """Continue from a state."""
        for history, kept in zip(self.rungs, state["rungs"], strict=True):
            history.load(kept)
        self.seen = set(state["seen"])
