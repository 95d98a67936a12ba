"""Rungs and promotions of every scheduler, against successive halving written the slow way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from algorithms.bayesian.tpe import TPE
from algorithms.fidelity.asha import ASHA, ASHASearch, split
from algorithms.fidelity.bohb import BOHB
from algorithms.fidelity.brackets import hyperband_shape
from algorithms.fidelity.hyperband import Hyperband
from algorithms.fidelity.median_stop import MedianStop
from algorithms.fidelity.priorband import PriorBand, shares
from algorithms.fidelity.rungs import FidelityError, levels
from algorithms.fidelity.successive_halving import SuccessiveHalving
from algorithms.random import Random
from symbolic.search import calls
from symbolic.search.check import reasons
from symbolic.search.complete import started
from symbolic.search.events import Failure, Result, Trial
from symbolic.search.problem import Problem
from symbolic.search.protocols import Algorithm
from symbolic.search.stages import stages
from symbolic.table.table import Fidelity
from symbolic.testing.driver import Driver, optimum
from symbolic.testing.spaces import problem_of

SCHEDULERS: dict[str, Algorithm] = {
    "successive_halving": SuccessiveHalving(),
    "asha": ASHA(TPE()),
    "hyperband": Hyperband(),
    "bohb": BOHB(),
    "priorband": PriorBand(),
}


def run(algorithm: Algorithm, trials: int, *, width: int = 1, fail_every: int = 0, seed: int = 0) -> Driver:
    problem = problem_of("wide", seed, fidelity=True)
    driver = Driver(problem, started(algorithm, problem), optimum(problem), fail_every)
    driver.run(trials, width)
    return driver


def level(trial: Trial) -> float:
    return 9.0 if trial.fidelity is None else trial.fidelity


def results(driver: Driver) -> list[Result]:
    return [e for e in driver.log if isinstance(e, Result)]


def halved(losses: list[float], eta: int, rungs: int) -> list[list[int]]:
    """Successive halving of a column of losses: who runs at each rung, by position."""
    alive, found = list(range(len(losses))), []
    for _ in range(rungs):
        found.append(sorted(alive))
        alive = sorted(alive, key=lambda i: (losses[i], i))[: len(alive) // eta]
    return found


def test_a_bracket_is_successive_halving_by_hand() -> None:
    driver = run(SuccessiveHalving(candidates=27), 27 + 9 + 3)
    by_level: dict[float, list[Result]] = {}
    for result in results(driver):
        by_level.setdefault(level(result.trial), []).append(result)
    first = by_level[1.0]
    expected = halved([r.metrics["value"] for r in first], 3, 3)
    position = {r.trial.point.key: i for i, r in enumerate(first)}
    found = [sorted(position[r.trial.point.key] for r in by_level[x]) for x in (1.0, 3.0, 9.0)]
    assert found == expected


@pytest.mark.parametrize("width", [1, 5])
def test_asha_promotes_only_the_best_third_of_what_had_ended(width: int) -> None:
    ended: dict[float, list[Result]] = {}
    for event in run(ASHA(), 150, width=width).log:
        if isinstance(event, Result):
            ended.setdefault(level(event.trial), []).append(event)
        elif event.continue_from is not None:
            below = sorted(ended[event.reached], key=lambda r: (r.metrics["value"], r.trial.number))
            assert event.continue_from in {r.trial.number for r in below[: len(below) // 3]}
    assert len(ended[1.0]) > len(ended[3.0]) > len(ended[9.0]) > 0


@pytest.mark.parametrize("name", SCHEDULERS)
@pytest.mark.parametrize("fail_every", [0, 3])
def test_a_promotion_continues_what_ended_ok_one_rung_lower_once_and_was_kept(name: str, fail_every: int) -> None:
    problem = problem_of("wide", fidelity=True)
    search = started(SCHEDULERS[name], problem)
    driver, gone, used, ok = Driver(problem, search, optimum(problem), fail_every), set[int](), set[int](), dict[int, Result]()
    for _ in range(120):
        asked = driver.ask(4 - len(driver.pending))
        for trial in asked:
            if trial.continue_from is None:
                continue
            source = ok[trial.continue_from]
            assert trial.continue_from not in used | gone
            assert level(source.trial) == trial.reached == {3.0: 1.0, 9.0: 3.0}[level(trial)]
            assert source.trial.point.key == trial.point.key
            assert all(key.startswith(f"{name}.") for key in trial.memo)
            used.add(trial.continue_from)
        driver.finish([len(driver.pending) - 1])
        last = results(driver)[-1]
        if last.status == "ok":
            ok[last.trial.number] = last
        kept = search.keep()
        assert kept is not None
        gone |= set(range(driver.number)) - kept
    assert used


def test_released_proposals_are_pending_nowhere() -> None:
    search: object = run(ASHA(TPE()), 90).search
    assert isinstance(search, ASHASearch)
    for rung in search.inners.searches:
        assert rung.state_dict()["pending"] == {}


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_space_that_is_used_up_ends_with_something_at_the_top(name: str) -> None:
    problem = problem_of("single", fidelity=True)
    driver = Driver(problem, started(SCHEDULERS[name], problem), optimum(problem))
    driver.run(50)
    assert any(level(r.trial) == 9.0 for r in results(driver))
    assert not driver.search.ask([driver.number])


def test_hyperbands_brackets_are_the_papers() -> None:
    """Table 1 of the paper: R = 81, eta = 3."""
    found = [hyperband_shape(i, 5, 3).wanted for i in range(5)]
    assert found == [(81, 27, 9, 3, 1), (34, 11, 3, 1), (15, 5, 1), (8, 2), (5,)]


def test_rungs() -> None:
    assert levels(Fidelity("e", 1, 9), 3) == (1, 3, 9)
    assert levels(Fidelity("e", 12, 200), 4) == (12, 48, 192, 200)
    assert levels(Fidelity("e", 1, 10, step=3), 2) == (1, 4, 7, 10)
    assert levels(Fidelity("e", 0.1, 1.0, integer=False), 3)[-1] == 1.0
    for bad in (None, Fidelity("e", 4, 4), Fidelity("e", 0, 4)):
        with pytest.raises(FidelityError, match="fidelity"):
            levels(bad, 3)


def test_the_shares_of_priorband() -> None:
    """r = 2, eta = 3: the prior is nine times as likely as a uniform draw, and shares with the incumbent by likelihood."""
    np.testing.assert_allclose(shares(2, 3, None), (0.9, 0.1, 0.0))
    np.testing.assert_allclose(shares(2, 3, (1.0, 3.0)), (0.225, 0.1, 0.675))


def test_what_plan_prints_is_what_runs() -> None:
    for algorithm in (SuccessiveHalving(), Hyperband(), BOHB(), PriorBand()):
        problem = problem_of("wide", trials=22, fidelity=True)
        told: dict[float, int] = {}
        for stage in stages(algorithm, problem):
            told[stage.fidelity or 0.0] = told.get(stage.fidelity or 0.0, 0) + (stage.count or 0)
        ran: dict[float, int] = {}
        for result in results(run(algorithm, 22)):
            ran[level(result.trial)] = ran.get(level(result.trial), 0) + 1
        assert told == ran
    assert split(13, 3, 3) == [9, 3, 1]


def test_text_and_parts() -> None:
    asha = calls.from_text("algorithms", "asha(tpe(gamma: 0.2), eta: 4)")
    assert asha == ASHA(TPE(gamma=0.2), eta=4)
    assert calls.from_text("algorithms", calls.to_text("algorithms", asha)) == asha
    nested: list[str] = reasons(ASHA(ASHA()), problem_of("flat", fidelity=True))
    assert any("asha's sampler: it needs a fidelity" in reason for reason in nested)
    assert reasons(MedianStop(ASHA(TPE())), problem_of("flat", fidelity=True)) == []


def curve(search: Any, number: int, point: Trial, losses: list[float]) -> list[bool]:
    """Report losses at 1, 2, ..; return the verdicts."""
    search.tell([point])
    verdicts = []
    for step, loss in enumerate(losses, 1):
        report = Result(point, "running", {"value": loss}, float(step))
        search.tell([report])
        verdicts.append(search.stop(report))
    search.tell([Result(point, "ok", {"value": losses[-1]})])
    return verdicts


def test_the_median_rule_by_hand() -> None:
    """Three curves with running means 4, 3, 2 at step 2: who is above 3 at best ends there; best means the best so far."""
    search = started(MedianStop(Random(), startup=3, warmup=2), problem_of("wide"))
    points = search.ask(range(6))
    for number, losses in enumerate(([5, 3, 3], [4, 2, 2], [3, 1, 1])):
        assert curve(search, number, points[number], [float(x) for x in losses]) == [False] * 3
    assert curve(search, 3, points[3], [9.0, 3.5]) == [False, True]
    assert curve(search, 4, points[4], [2.5, 8.0]) == [False, False]


def best(algorithm: Algorithm, problem: Problem, epochs: float) -> float:
    """The best value within a cost: a trial costs the epochs that it adds; fewer epochs add noise."""
    search, chance, value = started(algorithm, problem), np.random.default_rng(problem.seed), optimum(problem)
    spent, number, found = 0.0, 0, [np.inf]
    while spent < epochs:
        (trial,) = search.ask([number])
        at = level(trial) if problem.fidelity else 9.0
        noise = 0.03 * chance.standard_normal() * (9 - at) / 9
        true = value(trial.point)  # type: ignore[arg-type]
        search.tell([trial, Result(trial, "ok", {"value": true + noise}, trial.fidelity)])
        spent, number = spent + at - trial.reached, number + 1
        if at == 9.0:
            found.append(true)
    return min(found)


@pytest.mark.parametrize("name", SCHEDULERS)
def test_it_beats_random_search_at_equal_cost(name: str) -> None:
    wrapped = [best(SCHEDULERS[name], problem_of("wide", s, fidelity=True), 270) for s in range(12)]
    plain = [best(Random(), problem_of("wide", s), 270) for s in range(12)]
    assert mannwhitneyu(wrapped, plain, alternative="less").pvalue < 0.05


def test_failures_shrink_the_rungs_and_everything_failing_promotes_nothing() -> None:
    driver = run(Hyperband(), 60, fail_every=1)
    assert all(r.trial.continue_from is None for r in results(driver)) and len(results(driver)) == 60
    assert isinstance(results(driver)[0].failure, Failure)
