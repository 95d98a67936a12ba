"""SETN against a simulated supernet with known gradients and scores."""

import json

import numpy as np
import pytest

from algorithms.oneshot.scoring import drawn
from algorithms.oneshot.setn import SETN, SETNSearch
from symbolic.points import Mixture, Point, Population
from symbolic.search.complete import started
from symbolic.search.events import Result, Trial
from symbolic.search.plain import decode, encode
from symbolic.table import satisfies
from symbolic.testing.algorithms import drive, scaled
from symbolic.testing.spaces import problem_of


def test_weights_step_at_random_paths_and_logits_at_the_mixture() -> None:
    driver = drive(SETN(epochs=3), problem_of("flat"))
    driver.run(1, width=8)
    trials = [e for e in driver.log if isinstance(e, Trial) and e.purpose in ("step", "gradient")]
    assert [t.purpose for t in trials] == ["step", "gradient"] * 12
    assert all(isinstance(t.point, Point) for t in trials[::2])
    assert all(isinstance(t.point, Mixture) and (t.point.weights > 0).all() for t in trials[1::2])
    assert len({t.point.key for t in trials[::2]}) > 6


def test_paths_stay_uniform_however_the_logits_move() -> None:
    problem = problem_of("flat")
    search = SETN(epochs=500).start(problem)
    assert isinstance(search, SETNSearch)
    search.logits = np.linspace(0.0, 30.0, problem.table.options.count)
    codes = []
    for number in range(2000):
        (step,) = search.ask([number])
        assert isinstance(step.point, Point)
        codes.append(int(step.point.index[0]))
    card = int(problem.table.card[0])
    share = np.bincount(codes, minlength=card) / len(codes)
    np.testing.assert_allclose(share, 1 / card, atol=4 * np.sqrt(1 / card / len(codes)))


def test_the_logits_move_along_the_gradient_of_the_composed_map() -> None:
    """The first Adam step is lr * sign(gradient); the gradient is d loss(softmax(logits)) / d logits by differences."""
    problem = problem_of("flat")
    search = SETN(epochs=1, lr=0.1, decay=0.0).start(problem)
    assert isinstance(search, SETNSearch)
    options, before = problem.table.options, search.logits.copy()
    target = np.linspace(0.0, 1.0, options.count)

    def loss(logits: np.ndarray) -> float:
        return float(((options.softmax(logits) - target) ** 2).sum())

    numeric = np.array([(loss(before + d) - loss(before - d)) / 2e-6 for d in 1e-6 * np.eye(options.count)])
    step, gradient = search.ask([0, 1])
    assert isinstance(gradient.point, Mixture)
    slope = 2 * (gradient.point.weights - target)
    search.tell([step, gradient, Result(step, "ok", {"value": 0.0}), Result(gradient, "ok", {"value": 0.0}, gradient=slope)])
    np.testing.assert_allclose(before - search.logits, 0.1 * np.sign(numeric), rtol=1e-3, atol=1e-6)


def test_candidates_are_drawn_in_proportion_to_their_probabilities() -> None:
    problem = problem_of("flat")
    options, rng = problem.table.options, np.random.default_rng(0)
    p = options.softmax(rng.normal(size=options.count))
    share = np.mean([options.one_hot(drawn(problem, p, rng)) for _ in range(3000)], axis=0)
    np.testing.assert_allclose(share, p, atol=4 * np.sqrt(0.25 / 3000))


def test_the_best_of_100_drawn_candidates_is_derived() -> None:
    driver = drive(SETN(epochs=2, derive=2), problem_of("constrained"))
    first, second = driver.run(2)
    scores = [e for e in driver.log if isinstance(e, Result) and e.trial.purpose == "score"]
    assert len(scores) == len({s.trial.point.key for s in scores}) == 100
    assert satisfies(driver.problem.table, Population.of([s.trial.point for s in scores])).all()
    ranked = sorted(scores, key=lambda s: s.metrics["value"])
    assert [first.trial.point.key, second.trial.point.key] == [s.trial.point.key for s in ranked[:2]]


@pytest.mark.parametrize("turns", [9, 40])
def test_a_snapshot_in_the_middle_continues_exactly(turns: int) -> None:
    algorithm, problem = SETN(epochs=3, candidates=40, derive=2), problem_of("flat")
    whole, half = drive(algorithm, problem), drive(algorithm, problem)
    whole.run(2)
    for _ in range(turns):
        if not half.pending:
            half.ask(1)
        half.finish([0])
    state = json.loads(json.dumps(encode(half.search.state_dict())))
    half.search = started(scaled(algorithm, problem), problem)
    half.search.load_state_dict(decode(state))
    half.run(2)
    ends = [[e.point.key for e in d.log if isinstance(e, Trial) and e.purpose == "evaluate"] for d in (whole, half)]
    assert ends[0] == ends[1]
