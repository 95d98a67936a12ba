"""From option weights to ordinary candidates: the likeliest feasible ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from symbolic.errors import SpaceError
from symbolic.points import Point
from symbolic.search.events import Trial
from symbolic.search.problem import Problem
from symbolic.table import Options, satisfies

DRAWS = 1000


def feasible(problem: Problem, point: Point) -> bool:
    """Say whether a point keeps the limits on metrics that are known without training (params, FLOPs)."""
    known = {name: metric.actual(point.index) for name, metric in problem.facts.analytic.items()}
    return problem.objectives.known_violation(known) == 0.0


def likeliest(problem: Problem, weights: NDArray[np.float64], count: int, rng: np.random.Generator) -> list[Point]:
    """Return up to `count` distinct feasible points of highest product of `weights` `[option]`, best first.

    The argmax point and 1,000 draws from the weights are considered. Raises E501 when none is feasible.
    """
    options = problem.table.options
    drawn = options.draw(weights, DRAWS, rng)
    valid = drawn.take(satisfies(problem.table, drawn))
    points = {p.key: p for p in [options.argmax(weights, rng), *(valid[i] for i in range(len(valid)))]}
    ranked = sorted(points.values(), key=lambda p: -log_weight(options, weights, p))
    return first_feasible(problem, ranked, count)


def first_feasible(problem: Problem, ranked: Sequence[Point], count: int) -> list[Point]:
    """Return the first `count` points, best first, that keep the limits. Raises E501 when none does."""
    found = list(islice((p for p in ranked if feasible(problem, p)), count))
    if not found:
        limits = "; ".join(limit.condition for limit in problem.objectives.limits) or "none"
        raise SpaceError("E501", f"none of {len(ranked)} derived candidates can be taken; the limits to keep: {limits}")
    return found


def log_weight(options: Options, weights: NDArray[np.float64], point: Point) -> float:
    """Return the log of the product of the weights of a point's active options."""
    chosen = weights[options.one_hot(point) > 0]
    return float(np.log(np.maximum(chosen, 1e-300)).sum())


def retrainings(numbers: Sequence[int], wanted: int, derived: int, points: Callable[[int], Sequence[Point]]) -> list[Trial]:
    """Propose the derived candidates that are left to retrain: of `wanted`, best first by `points(wanted)`, `derived` were."""
    if derived >= wanted or not numbers:
        return []
    return [Trial(n, p) for n, p in zip(numbers, points(wanted)[derived:], strict=False)]
