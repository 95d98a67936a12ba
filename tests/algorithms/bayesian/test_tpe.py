"""TPE: better than random search, quick, and indifferent to what is inactive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from algorithms.bayesian.tpe import TPE
from algorithms.random import Random
from symbolic import parse
from symbolic.search.complete import started
from symbolic.search.events import Result, Trial
from symbolic.search.objectives import Objective, Objectives
from symbolic.search.problem import Problem
from symbolic.table import to_dict

Value = Callable[[dict[str, Any]], float]
NAMES = ("left", "middle", "right")
BRANCHES = "\n".join(
    ['x = "left" | "middle" | "right"'] + [f'{b}{i} = 0.0..1.0 when x == "{b}"' for b in NAMES for i in range(5)]
)


def best_of(algorithm: TPE | Random, problem: Problem, value: Value, trials: int) -> float:
    """Return the lowest value found."""
    search, lowest = started(algorithm, problem), np.inf
    for number in range(trials):
        (trial,) = search.ask([number])
        assert isinstance(trial, Trial)
        found = value(to_dict(problem.table, trial.point))
        lowest = min(lowest, found)
        search.tell([trial, Result(trial, "ok", {"loss": found})])
    return float(lowest)


def problem_of(text: str, seed: int) -> Problem:
    return Problem(parse(text).lower(), Objectives((Objective("loss"),)), seed)


def branches(values: dict[str, Any]) -> float:
    """Only the middle branch can be good, and only near one point."""
    if values["x"] != "middle":
        return 2.0 + float(sum(v for k, v in values.items() if k != "x"))
    return float(sum((values[f"middle{i}"] - 0.3) ** 2 for i in range(5)))


def mixed(values: dict[str, object]) -> float:
    return (
        abs(float(values["u"]) - 0.7)
        + abs(int(values["n"]) - 17) / 10
        + (values["a"] != "c")
        + len(set(values["s"]) ^ {"p", "r"})
    )  # type: ignore


MIXED = 'u = 0.0..1.0\nn = 1..40\na = "a" | "b" | "c" | "d" | "e"\ns = subset 1..3 of { "p", "q", "r", "t", "v" }'


@pytest.mark.parametrize(("text", "value"), [(BRANCHES, branches), (MIXED, mixed)], ids=["conditional", "mixed"])
def test_better_than_random_search_at_equal_budget(text: str, value: Value) -> None:
    runs = {type(a).__name__: [best_of(a, problem_of(text, seed), value, 60) for seed in range(6)] for a in (TPE(), Random())}
    assert mannwhitneyu(runs["TPE"], runs["Random"], alternative="less").pvalue < 0.01


def test_pending_candidates_are_avoided() -> None:
    """With many in flight the proposals of one batch are as unlike as those of single asks are, and no two are equal."""
    problem = problem_of(MIXED, 0)
    search = started(TPE(startup=5), problem)
    for number in range(20):
        (trial,) = search.ask([number])
        search.tell([trial, Result(trial, "ok", {"loss": mixed(to_dict(problem.table, trial.point))})])
    batch = search.ask(range(20, 30))
    assert len({t.point.key for t in batch}) == 10
