"""Sample and evaluate: candidates scored with inherited weights, each once, and the best of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from algorithms.oneshot.derive import feasible, first_feasible
from symbolic.points import Point
from symbolic.search.events import Plain, Result, Trial
from symbolic.search.problem import Problem
from symbolic.search.randomness import rng
from symbolic.search.unseen import Keys, fresh, unseen
from symbolic.table import sample, satisfies

SCORE_SHARE = 0.2
"""Share of a time budget for scores; it is taken from the supernet's share."""
TRIES = 10
DRAWS = 32
Draw = Callable[[np.random.Generator], Point]


def affordable(problem: Problem, most: int) -> int:
    """Return how many scores fit into a fifth of the time budget, at least 10 and at most `most`; without one, `most`."""
    seconds, score_s = problem.budget.seconds, problem.facts.seconds.get("score")
    return most if seconds is None or not score_s else int(np.clip(SCORE_SHARE * seconds / score_s, min(10, most), most))


@attrs.define
class Scores:
    """How many scores were asked for, the scored candidates with their losses, and the keys of all that were asked for."""

    asked: int = 0
    scored: list[tuple[float, Point]] = attrs.field(factory=list)
    seen: set[bytes] = attrs.field(factory=set)

    def propose(self, problem: Problem, numbers: Sequence[int], wanted: int, batches: int, draw: Draw) -> list[Trial]:
        """Propose scores on so many batches until `wanted` are asked for; none once the space is exhausted.

        `draw` is called again, ten times at most, where parameters or FLOPs break a limit.
        """

        def find(number: int, keys: Keys) -> Point | None:
            return unseen(problem.table, within_limits(problem, draw), keys, rng(problem.seed, number))

        found = fresh(numbers[: max(0, wanted - self.asked)], self.seen, find)
        return [Trial(number, point, "score", batches=batches) for number, point in found]

    def told(self, trial: Trial) -> None:
        """Count a score that was asked for."""
        self.asked += 1
        self.seen.add(trial.point.key)

    def remember(self, problem: Problem, result: Result) -> None:
        """Remember a score; failed ones are forgotten."""
        point = result.trial.point
        if result.trial.purpose == "score" and isinstance(point, Point):
            loss = float(problem.objectives.losses(result)[0])
            if np.isfinite(loss):
                self.scored.append((loss, point))

    def best(self, problem: Problem, count: int) -> list[Point]:
        """Return the `count` best scored candidates that keep the known limits, best first. Raises E501 when none does."""
        return first_feasible(problem, [p for _, p in sorted(self.scored, key=lambda s: s[0])], count)

    def state(self) -> Plain:
        """Return plain data."""
        return [self.asked, list(self.scored), set(self.seen)]

    @staticmethod
    def of(state: Plain) -> Scores:
        """Read plain data back."""
        asked, scored, seen = state
        return Scores(int(asked), [(float(loss), point) for loss, point in scored], set(seen))


def within_limits(problem: Problem, draw: Draw) -> Draw:
    """Return a draw that is repeated, ten times at most, until the limits known without training are kept."""

    def once(generator: np.random.Generator) -> Point:
        point = draw(generator)
        for _ in range(TRIES):
            if feasible(problem, point):
                break
            point = draw(generator)
        return point

    return once


def random_path(problem: Problem, number: int) -> Point:
    """Return the path that trial `number` draws from the priors of the space."""
    return sample(problem.table, 1, rng(problem.seed, number))[0]


def drawn(problem: Problem, p: NDArray[np.float64], generator: np.random.Generator) -> Point:
    """Return a valid candidate drawn by probabilities `[option]`; one of the priors where 32 draws break the constraints."""
    rows = problem.table.options.draw(p, DRAWS, generator)
    valid = np.flatnonzero(satisfies(problem.table, rows))
    return rows[int(valid[0])] if len(valid) else sample(problem.table, 1, generator)[0]
