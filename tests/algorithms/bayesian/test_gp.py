"""GP search: better than random, right about pending trials, limits, failures and several objectives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from algorithms.bayesian.gp import GP, GPSearch, fitted_at
from algorithms.bayesian.targets import kept, scalarised, standardised, thinned
from algorithms.random import Random
from symbolic import parse
from symbolic.search.complete import started
from symbolic.search.events import Failure, Result, Trial
from symbolic.search.objectives import Limit, Objective, Objectives
from symbolic.search.problem import Problem
from symbolic.table import to_dict

Measure = Callable[[dict[str, Any]], Mapping[str, float]]
MIXED = 'u = 0.0..1.0\nn = 1..40\na = "a" | "b" | "c" | "d" | "e"\ns = subset 1..3 of { "p", "q", "r", "t", "v" }'
BRANCHES = 'x = "left" | "right"\n' + "\n".join(
    f'{b}{i} = 0.0..1.0 when x == "{b}"' for b in ("left", "right") for i in range(3)
)
QUICK = {"candidates": 500}


def problem_of(text: str, seed: int, *names: str, limits: tuple[Limit, ...] = ()) -> Problem:
    return Problem(parse(text).lower(), Objectives(tuple(Objective(n) for n in names or ("loss",)), limits), seed)


def run(algorithm: GP | Random, problem: Problem, measure: Measure, trials: int) -> list[dict[str, Any]]:
    """Return values and metrics of each trial; one whose measure is empty failed."""
    search, seen = started(algorithm, problem), []
    for number in range(trials):
        (trial,) = search.ask([number])
        values = to_dict(problem.table, trial.point)
        found = measure(values)
        result = Result(trial, "ok", found) if found else Result(trial, "failed", failure=Failure("raised", "made up"))
        search.tell([trial, result])
        seen.append({**values, **found})
    return seen


def mixed(values: dict[str, Any]) -> dict[str, float]:
    unlike = (values["a"] != "c") + len(set(values["s"]) ^ {"p", "r"})
    return {"loss": abs(values["u"] - 0.7) + abs(values["n"] - 17) / 10 + unlike}


def branches(values: dict[str, Any]) -> dict[str, float]:
    if values["x"] == "left":
        return {"loss": 1.0 + values["left0"]}
    return {"loss": sum((values[f"right{i}"] - 0.3) ** 2 for i in range(3))}


@pytest.mark.parametrize(("text", "measure"), [(MIXED, mixed), (BRANCHES, branches)], ids=["mixed", "conditional"])
def test_better_than_random_search_at_equal_budget(text: str, measure: Measure) -> None:
    found = [
        [min(t["loss"] for t in run(a, problem_of(text, seed), measure, 30)) for seed in range(5)]
        for a in (GP(**QUICK), Random())
    ]
    assert mannwhitneyu(*found, alternative="less").pvalue < 0.01


@pytest.mark.parametrize("acquisition", ["ei", "pi", "ucb"])
def test_every_acquisition_finds_the_optimum_of_a_small_space(acquisition: Any) -> None:
    trials = run(GP(acquisition=acquisition), problem_of("a = 0..19\nb = 0..19", 0), hill, 30)
    assert min(t["loss"] for t in trials) == 0


def hill(values: dict[str, Any]) -> dict[str, float]:
    return {"loss": (values["a"] - 13) ** 2 + (values["b"] - 6) ** 2}


@pytest.mark.parametrize("pending", ["believer", "liar"])
def test_a_batch_spreads_out(pending: Any) -> None:
    """What is in flight counts: proposals of one batch do not crowd at one point."""
    problem = problem_of("a = 0.0..1.0\nb = 0.0..1.0", 0)
    search = started(GP(startup=5, pending=pending, **QUICK), problem)
    for number in range(8):
        (trial,) = search.ask([number])
        u, v = trial.point.real
        search.tell([trial, Result(trial, "ok", {"loss": (u - 0.4) ** 2 + (v - 0.6) ** 2})])
    at = np.stack([t.point.real for t in search.ask(range(8, 13))])
    apart = np.linalg.norm(at[:, None] - at[None], axis=2)[np.triu_indices(5, 1)]
    assert apart.min() > 1e-3


def test_the_best_within_measured_limits_is_found() -> None:
    """The optimum breaks the limit; one of the best two or three of 400 candidates that keep it is found in 30 trials."""
    grid = [{"a": a, "b": b} for a in range(20) for b in range(20) if a + b <= 15]
    best = min(hill(v)["loss"] for v in grid)
    for seed in range(4):
        problem = problem_of("a = 0..19\nb = 0..19", seed, limits=(Limit("cost <= 15"),))
        trials = run(GP(), problem, lambda v: {**hill(v), "cost": v["a"] + v["b"]}, 30)
        assert min(t["loss"] for t in trials if t["cost"] <= 15) == best


def test_failures_are_avoided() -> None:
    """Half of the space fails: later proposals are in the other half more often than draws would be."""
    trials = run(GP(), problem_of("a = 0..19\nb = 0..19", 2), lambda v: {} if v["a"] > 9 else hill(v), 40)
    assert np.mean([t["a"] <= 9 for t in trials[20:]]) > 0.7


def test_several_objectives_are_traded_off() -> None:
    """Two opposite wishes: proposals are efficient, and at both ends."""
    problem = problem_of("a = 0..30\nb = 0..30", 0, "left", "right")
    trials = run(GP(), problem, lambda v: {"left": v["a"] + v["b"], "right": 30 - v["a"] + v["b"]}, 40)
    late = trials[15:]
    assert np.median([t["b"] for t in late]) <= 3
    assert min(t["a"] for t in late) < 6
    assert max(t["a"] for t in late) > 24


def test_a_reloaded_search_goes_on_equally_with_many_results() -> None:
    """Hyper-parameters depend on the history alone, also between fits and where the model sees a part of the results."""
    problem = problem_of(MIXED, 3)
    algorithm = GP(candidates=100, observations=24)
    search, again = started(algorithm, problem), started(algorithm, problem)
    for number in range(45):
        (trial,) = search.ask([number])
        search.tell([trial, Result(trial, "ok", mixed(to_dict(problem.table, trial.point)))])
    again.load_state_dict(search.state_dict())
    assert again.ask([45])[0].point.key == search.ask([45])[0].point.key


def test_the_model_is_asked_for_ten_thousand_candidates() -> None:
    problem = problem_of(MIXED, 0)
    search = GP().start(problem)
    assert isinstance(search, GPSearch)
    asked = list[int]()

    class Judge:
        def worth(self, at: Any) -> Any:
            asked.append(len(at))
            return np.arange(len(at), dtype=float)

    trial = Trial(0, started(Random(), problem).ask([0])[0].point)
    search.tell([trial, Result(trial, "ok", {"loss": 1.0})])
    pool, values = search._judged(Judge(), np.random.default_rng(0))  # type: ignore[arg-type]
    assert sum(asked) == len(pool) == len(values) >= 10_000


def test_fits_grow_rarer() -> None:
    counts = {fitted_at(n) for n in range(1, 2001)}
    assert {*range(1, 33)} < counts
    assert len(counts) < 80
    assert all(fitted_at(n) <= n < 1.1 * fitted_at(n) + 1 for n in range(1, 2001))


def test_targets() -> None:
    losses = np.array([3.0, 1.0, 2.0, 900.0])
    target = standardised(losses)
    assert target.mean() == pytest.approx(0)
    assert target.std() == pytest.approx(1)
    assert (np.argsort(target) == np.argsort(losses)).all()
    assert standardised(10 * losses + 5) == pytest.approx(target)
    assert not standardised(np.full(3, 2.0)).any()
    assert standardised(np.array([0.0, 0.0, 0.0, 1.0])).argmax() == 3
    pairs = np.array([[0.0, 4.0], [2.0, 2.0], [4.0, 0.0], [4.0, 4.0]])
    assert scalarised(pairs, np.array([0.9, 0.1])).argmin() == 0
    assert scalarised(pairs, np.array([0.5, 0.5])).argmin() == 1
    assert kept(np.array([0.0, 1.0, 3.0, np.inf])).tolist() == [-1.0, 0.5 + 1 / 3, 0.5 + 3 / 5, 1.5]
    some = thinned(np.arange(100.0)[::-1], 20)
    assert len(set(some.tolist())) == 20
    assert set(range(90, 100)) <= set(some.tolist())
    assert some[0] == 0
