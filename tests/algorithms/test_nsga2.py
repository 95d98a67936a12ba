"""NSGA-II: the survivors are the best of parents and children, by ranks worked out the slow way."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.stats import mannwhitneyu

from algorithms.evolution.nsga2 import NSGA2
from algorithms.random import Random
from symbolic import parse
from symbolic.points import Point
from symbolic.search.complete import started
from symbolic.search.events import Result, Trial
from symbolic.search.objectives import Limit, Objective, Objectives
from symbolic.search.problem import Problem
from symbolic.search.protocols import Algorithm

TEXT = "\n".join(f"x{i} = 0..9" for i in range(6))
TWO = Objectives((Objective("cost"), Objective("miss")), (Limit("cost <= 40"),))


def metrics(point: Point) -> dict[str, float]:
    """Two goals against each other: small numbers are cheap, numbers near 7 are right."""
    x = point.index.astype(float)
    return {"cost": float(x.sum()), "miss": float(((x - 7) ** 2).sum())}


def run(algorithm: Algorithm, seed: int, trials: int) -> tuple[list[dict[str, float]], dict[str, object]]:
    problem = Problem(parse(TEXT).lower(), TWO, seed)
    search, found = started(algorithm, problem), []
    for number in range(trials):
        (trial,) = search.ask([number])
        assert isinstance(trial, Trial) and isinstance(trial.point, Point)
        found.append(metrics(trial.point))
        search.tell([trial, Result(trial, "ok", found[-1])])
    return found, search.state_dict()


def dominates(a: dict[str, float], b: dict[str, float]) -> bool:
    """Constrained domination: less violation first, then both goals."""
    over = [max(0.0, x["cost"] - 40) for x in (a, b)]
    if over[0] != over[1]:
        return over[0] < over[1]
    return a["cost"] <= b["cost"] and a["miss"] <= b["miss"] and a != b


def test_nothing_that_survives_is_dominated_by_what_does_not() -> None:
    found, state = run(NSGA2(population=12), 0, 120)
    survivors = set(state["parents"])  # type: ignore[call-overload]
    rest = set(range(120 // 12 * 12)) - survivors
    assert len(survivors) == 12
    assert not any(dominates(found[r], found[s]) for r, s in itertools.product(rest, survivors))


def volume(found: list[dict[str, float]]) -> float:
    """The share of a grid of goals that some feasible candidate dominates."""
    kept = np.array([(m["cost"] / 40, m["miss"] / 300) for m in found if m["cost"] <= 40])
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1, 60)] * 2), -1).reshape(-1, 2)
    return float((kept[:, None] <= grid).all(-1).any(0).mean())


def test_more_volume_than_random_search_at_equal_budget() -> None:
    ours = [volume(run(NSGA2(population=20), seed, 200)[0]) for seed in range(6)]
    theirs = [volume(run(Random(), seed, 200)[0]) for seed in range(6)]
    assert mannwhitneyu(ours, theirs, alternative="greater").pvalue < 0.01
