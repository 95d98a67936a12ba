"""SPOS and DARTS against a simulated supernet with known gradients and scores."""

import json

import attrs
import numpy as np
import pytest

from algorithms.oneshot.darts import DARTS, DARTSSearch
from algorithms.oneshot.derive import likeliest
from algorithms.oneshot.spos import SPOS
from symbolic.errors import SpaceError
from symbolic.points import Mixture, Point, Population
from symbolic.search.complete import started
from symbolic.search.events import Result, Trial
from symbolic.search.objectives import Limit, Objectives
from symbolic.search.plain import decode, encode
from symbolic.search.protocols import Algorithm
from symbolic.table import Options, satisfies
from symbolic.testing.algorithms import drive, scaled
from symbolic.testing.spaces import problem_of

SMALL = {"darts": DARTS(epochs=2, derive=2), "spos": SPOS(epochs=2, population=6, generations=3, derive=2)}


@pytest.mark.parametrize("name", SMALL)
def test_it_ends_with_ordinary_candidates(name: str) -> None:
    driver = drive(SMALL[name], problem_of("constrained"))
    results = driver.run(100)
    assert len(results) == 2
    points = Population.of([r.trial.point for r in results])
    assert satisfies(driver.problem.table, points).all()
    assert not driver.search.ask([driver.number])


def test_darts_steps_and_differentiates_in_pairs_at_one_mixture() -> None:
    driver = drive(DARTS(epochs=3), problem_of("flat"))
    driver.run(1, width=8)
    trials = [e for e in driver.log if isinstance(e, Trial) and e.purpose != "evaluate"]
    assert [t.purpose for t in trials] == ["step", "gradient"] * 12
    for step, gradient in zip(trials[::2], trials[1::2], strict=True):
        assert step.point.key == gradient.point.key
        assert step.progress == gradient.progress


def test_darts_moves_the_logits_along_the_gradient_of_the_composed_map() -> None:
    """The first Adam step is lr * sign(gradient); the gradient is d loss(softmax(logits)) / d logits by differences."""
    problem = problem_of("flat")
    search = DARTS(epochs=1, lr=0.1, decay=0.0).start(problem)
    assert isinstance(search, DARTSSearch)
    options, before = Options(problem.table), search.logits.copy()
    target = np.linspace(0.0, 1.0, options.count)

    def loss(logits: np.ndarray) -> float:
        return float(((options.softmax(logits) - target) ** 2).sum())

    numeric = np.array([(loss(before + d) - loss(before - d)) / 2e-6 for d in 1e-6 * np.eye(options.count)])
    step, gradient = search.ask([0, 1])
    search.tell([step, gradient, Result(step, "ok", {"value": 0.0})])
    assert isinstance(gradient.point, Mixture)
    search.tell([Result(gradient, "ok", {"value": 0.0}, gradient=2 * (gradient.point.weights - target))])
    moved = before - search.logits
    np.testing.assert_allclose(moved, 0.1 * np.sign(numeric), rtol=1e-3, atol=1e-6)


def test_darts_finds_the_options_whose_weight_lowers_the_loss() -> None:
    driver = drive(DARTS(epochs=200, lr=0.05), problem_of("flat"))
    (result,) = driver.run(1, width=2)
    options = Options(driver.problem.table)
    target = np.linspace(0.0, 1.0, options.count)
    point = options.argmax(target, np.random.default_rng(0))
    assert result.trial.point.key == point.key


def test_spos_scores_generations_and_derives_the_best_scored() -> None:
    driver = drive(SPOS(epochs=2, population=10, generations=4), problem_of("constrained"))
    (final,) = driver.run(1)
    scores = [e for e in driver.log if isinstance(e, Result) and e.trial.purpose == "score"]
    assert len(scores) == 40
    assert len({s.trial.point.key for s in scores}) == 40
    best = min(scores, key=lambda s: s.metrics["value"])
    assert final.trial.point.key == best.trial.point.key
    first, last = scores[:10], scores[-10:]
    assert np.mean([s.metrics["value"] for s in last]) < np.mean([s.metrics["value"] for s in first])


def test_spos_steps_take_points_and_depend_on_no_result() -> None:
    problem = problem_of("conditional")
    search = SPOS(epochs=2).start(problem)
    trials = search.ask(range(100))
    assert len(trials) == 8
    assert all(isinstance(t.point, Point) and t.purpose == "step" for t in trials)


@pytest.mark.parametrize("name", SMALL)
def test_a_snapshot_in_the_middle_continues_exactly(name: str) -> None:
    algorithm: Algorithm = SMALL[name]
    problem = problem_of("flat")
    whole = drive(algorithm, problem)
    whole.run(2)
    half = drive(algorithm, problem)
    for _ in range(9):
        if not half.pending:
            half.ask(1)
        half.finish([0])
    state = json.loads(json.dumps(encode(half.search.state_dict())))
    half.search = started(scaled(algorithm, problem), problem)
    half.search.load_state_dict(decode(state))
    half.run(2)
    ends = [[e.point.key for e in d.log if isinstance(e, Trial) and e.purpose == "evaluate"] for d in (whole, half)]
    assert ends[0] == ends[1]


def test_derived_points_are_the_likeliest_of_the_valid_ones() -> None:
    problem = problem_of("constrained")
    options = Options(problem.table)
    weights = options.softmax(np.random.default_rng(3).normal(size=options.count))
    found = likeliest(problem, weights, 3, np.random.default_rng(0))
    products = [float(np.log(weights[options.one_hot(p) > 0]).sum()) for p in found]
    assert products == sorted(products, reverse=True)
    assert satisfies(problem.table, Population.of(found)).all()
    drawn = options.draw(weights, 2000, np.random.default_rng(1))
    valid = drawn.take(satisfies(problem.table, drawn))
    better = [np.log(weights[options.one_hot(valid[i]) > 0]).sum() for i in range(len(valid))]
    assert products[0] >= max(better) - 1e-9


@pytest.mark.parametrize("name", SMALL)
def test_limits_that_no_candidate_keeps_are_an_error_and_no_empty_study(name: str) -> None:
    class Large:
        def actual(self, codes: np.ndarray) -> float:
            return 300.0

    problem = problem_of("flat")
    limited = Objectives(problem.objectives.goals, (Limit("params <= 200"),))
    facts = attrs.evolve(problem.facts, analytic={"params": Large()})
    driver = drive(SMALL[name], attrs.evolve(problem, objectives=limited, facts=facts))
    with pytest.raises(SpaceError, match=r"E501.*params <= 200"):
        driver.run(1)
