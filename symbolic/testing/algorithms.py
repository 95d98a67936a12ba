"""The contract of an algorithm as checks, each an oracle that decides, not a recorded output."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from symbolic.points import Point, Population
from symbolic.search.complete import scaled, started
from symbolic.search.events import TRANSIENT, Origin, Result, Trial
from symbolic.search.plain import encode
from symbolic.search.problem import Problem
from symbolic.search.protocols import Algorithm
from symbolic.table import satisfies, size
from symbolic.testing.driver import Driver, optimum, reloaded, state_text
from symbolic.testing.spaces import SPACES, problem_of

Check = Callable[[Algorithm, Problem], None]
TURNS = 60


def drive(algorithm: Algorithm, problem: Problem, fail_every: int = 0) -> Driver:
    """Return a driver at the start of a search, settings scaled to the budget."""
    return Driver(problem, started(scaled(algorithm, problem), problem), optimum(problem), fail_every)


def interleaved(driver: Driver, turns: int, seed: int) -> list[tuple[str, list[int]]]:
    """Run random turns: ask for 1 to 4, end some of what is in flight in any order; return each ask's state and numbers."""
    chance = np.random.default_rng(seed)
    asked = []
    for _ in range(turns):
        before, numbers = state_text(driver.search), list(range(driver.number, driver.number + int(chance.integers(1, 5))))
        trials = driver.search.ask(numbers)
        if state_text(driver.search) != before:
            raise AssertionError("ask changed the state")
        asked.append((before, numbers))
        driver.take(list(trials))
        if not driver.pending:
            break
        transient = driver.pending[0].purpose in TRANSIENT
        order = np.arange(len(driver.pending)) if transient else chance.permutation(len(driver.pending))
        driver.finish([int(i) for i in order[: int(chance.integers(1, len(order) + 1))]])
    return asked


def check_pure(algorithm: Algorithm, problem: Problem) -> None:
    """`ask` changes nothing; asking one by one gives what asking at once gives; a reloaded state goes on equally."""
    driver = drive(algorithm, problem, fail_every=10)
    fitted = scaled(algorithm, problem)
    log_before = 0
    for before, numbers in interleaved(driver, TURNS, seed=1):
        at_once = list(reloaded(fitted, problem, before).ask(numbers))
        single = reloaded(fitted, problem, before)
        one_by_one: list[Trial] = []
        for number in numbers:
            trial = list(single.ask([number]))
            single.tell(trial)
            one_by_one += trial
        told = [e for e in driver.log[log_before:] if isinstance(e, Trial)][: len(at_once)]
        log_before = driver.log.index(told[-1]) + 1 if told else log_before
        same(at_once, told, "a reloaded search proposes something else")
        same(one_by_one[: len(at_once)], at_once, "asking one by one proposes something else")


def same(a: list[Trial], b: list[Trial], message: str) -> None:
    """Raise unless two lists of trials are equal."""
    if [encode(t) for t in a] != [encode(t) for t in b]:
        raise AssertionError(message)


def check_replay(algorithm: Algorithm, problem: Problem) -> None:
    """A fresh search told the log proposes what the live one does."""
    driver = drive(algorithm, problem, fail_every=7)
    interleaved(driver, TURNS, seed=2)
    fresh = started(scaled(algorithm, problem), problem)
    for event in driver.log:
        fresh.tell([event])
    numbers = range(driver.number, driver.number + 5)
    same(list(fresh.ask(numbers)), list(driver.search.ask(numbers)), "replaying the log proposes something else")


def check_valid(algorithm: Algorithm, problem: Problem) -> None:
    """Every proposed point is closed and satisfies the constraints; states hold finite numbers."""
    driver = drive(algorithm, problem, fail_every=5)
    interleaved(driver, TURNS, seed=3)
    points = [e.point for e in driver.log if isinstance(e, Trial) and isinstance(e.point, Point)]
    if points and not satisfies(problem.table, Population.of(points)).all():
        raise AssertionError("a proposal violates the space's constraints")
    text = state_text(driver.search)
    if '"~f"' in text:
        raise AssertionError("the state holds a number that is not finite")


def check_no_duplicates(algorithm: Algorithm, problem: Problem) -> None:
    """No candidate is evaluated twice at a fidelity, also with eight in flight; an exhausted space ends the search."""
    driver = drive(algorithm, problem)
    driver.run(200 if problem.fidelity is None else 600, width=8)
    asked = [e for e in driver.log if isinstance(e, Trial) and e.purpose == "evaluate"]
    keys = {e.point.key for e in asked}
    if len({(e.point.key, e.fidelity) for e in asked}) != len(asked):
        raise AssertionError("a candidate was proposed twice")
    count = size(problem.table)
    exhausts = not algorithm.needs.signals & TRANSIENT and count.exact and not count.continuous
    if exhausts and count.value <= 200 and len(keys) != count.value:
        raise AssertionError(f"the search ended after {len(keys)} of {count.value} candidates")


def check_everything_fails(algorithm: Algorithm, problem: Problem) -> None:
    """When every evaluation fails the search goes on without repeating one."""
    driver = drive(algorithm, problem, fail_every=1)
    driver.run(30)
    keys = [e.point.key for e in driver.log if isinstance(e, Trial) and e.purpose == "evaluate"]
    if not keys or len(set(keys)) != len(keys):
        raise AssertionError("a failed candidate was proposed again, or nothing was proposed")


def check_unfamiliar(algorithm: Algorithm, problem: Problem) -> None:
    """Trials the search did not propose, with results before its first ask, are learned from and not repeated.

    They may be the user's, or another algorithm's that the study was searched with before: the search begins all the same.
    """
    from symbolic.table import sample

    points = sample(problem.table, 2, np.random.default_rng(5))
    origins: tuple[Origin, ...] = ("queued", "search")
    for origin in origins:
        other = drive(algorithm, problem)
        foreign = [Trial(n, points[n], origin=origin) for n in range(2)]
        other.take(foreign[: 1 if points[0].key == points[1].key else 2])
        other.finish([0])
        other.run(5)
        if algorithm.needs.signals & TRANSIENT and not any(t.purpose in TRANSIENT for t in other.log if isinstance(t, Trial)):
            raise AssertionError(f"a trial of origin {origin!r} that it did not propose counts as its own")


def check_imported(algorithm: Algorithm, problem: Problem) -> None:
    """Results of an older study, told before the first ask under numbers below 0, are learned from as any others."""
    from symbolic.table import sample

    driver = drive(algorithm, problem)
    distinct = {p.key: p for p in (sample(problem.table, 6, np.random.default_rng(7))[i] for i in range(6))}.values()
    trials = [Trial(n, point, origin="imported") for n, point in enumerate(distinct, -len(distinct))]
    driver.search.tell(trials)
    driver.search.tell([Result(t, "ok", {"value": driver.value(t.point)}) for t in trials if isinstance(t.point, Point)])
    state = state_text(driver.search)
    reloaded(scaled(algorithm, problem), problem, state)
    for result in driver.run(5):
        if result.trial.number < 0:
            raise AssertionError("an imported trial was proposed")


def check_symmetry(algorithm: Algorithm, problem: Problem) -> None:
    """Maximising the negated value proposes the same as minimising the value."""
    from attrs import evolve

    from symbolic.search.objectives import Objective, Objectives

    flipped = evolve(problem, objectives=Objectives((Objective("value", maximize=True),)))
    one, two = drive(algorithm, problem), drive(algorithm, flipped)
    if any(isinstance(e, Trial) and e.purpose == "gradient" for e in one.log):
        return
    one.run(20)
    two.run(20)
    same([e for e in one.log if isinstance(e, Trial)], [e for e in two.log if isinstance(e, Trial)], "maximising differs")


def check_terminates(algorithm: Algorithm, problem: Problem) -> None:
    """With every result told, `ask` gives trials or is done for good."""
    driver = drive(algorithm, problem)
    driver.run(300)
    if driver.pending:
        raise AssertionError("trials are in flight after the run")
    if not driver.search.ask(range(driver.number, driver.number + 1)) and driver.search.ask(
        range(driver.number + 1, driver.number + 9)
    ):
        raise AssertionError("the search was done and then was not")


def check_independent(algorithm: Algorithm, problem: Problem) -> None:
    """Global generators stay as they are, and two runs of one seed are equal."""
    before = np.random.get_state()[1].tobytes()  # type: ignore[index]
    logs = []
    for _ in range(2):
        driver = drive(algorithm, problem)
        driver.run(15)
        logs.append([encode(e) for e in driver.log if isinstance(e, Trial | Result)])
    if np.random.get_state()[1].tobytes() != before:  # type: ignore[index]
        raise AssertionError("NumPy's global generator was used")
    if logs[0] != logs[1]:
        raise AssertionError("equal seeds, unequal runs")


CHECKS: Mapping[str, Check] = {
    "pure": check_pure,
    "replay": check_replay,
    "valid": check_valid,
    "no_duplicates": check_no_duplicates,
    "everything_fails": check_everything_fails,
    "unfamiliar": check_unfamiliar,
    "imported": check_imported,
    "symmetry": check_symmetry,
    "terminates": check_terminates,
    "independent": check_independent,
}


def check_algorithm(algorithm: Algorithm, spaces: tuple[str, ...] = tuple(SPACES)) -> None:
    """Run every check on every space the algorithm can propose for. Raises `AssertionError` naming check and space."""
    for name in spaces:
        problem = problem_of(name, fidelity=algorithm.needs.fidelity)
        if not proposes(algorithm, problem):
            continue
        for title, check in CHECKS.items():
            try:
                check(algorithm, problem)
            except AssertionError as e:
                raise AssertionError(f"{title} on {name}: {e}") from e


def proposes(algorithm: Algorithm, problem: Problem) -> bool:
    """Say whether the algorithm handles every kind of decision of the problem."""
    from symbolic.table.table import KINDS

    names = {"one": "one", "bit": "subset", "order": "permutation", "int": "int", "float": "float"}
    return {names[KINDS[k]] for k in problem.table.kind} <= algorithm.needs.kinds
