"""TuNAS against a simulated supernet: its warm-up, its score function, its baseline."""

import json

import numpy as np
import pytest

from algorithms.oneshot.tunas import TuNAS, TuNASSearch, score_function
from symbolic.points import Mixture, Point
from symbolic.search.complete import started
from symbolic.search.events import Result, Trial
from symbolic.search.plain import decode, encode
from symbolic.testing.algorithms import drive, scaled
from symbolic.testing.spaces import problem_of


def test_the_warm_up_trains_everything_less_and_less_and_leaves_the_logits() -> None:
    search = TuNAS(epochs=1000).start(problem_of("flat"))
    assert isinstance(search, TuNASSearch)
    before = search.logits.copy()
    steps = search.ask(range(10_000))
    assert len(steps) == 1000 and {t.purpose for t in steps} == {"step"}
    full = np.array([isinstance(t.point, Mixture) for t in steps])
    for quarter in range(4):
        expected = 1 - (quarter + 0.5) / 4
        assert abs(full[250 * quarter : 250 * (quarter + 1)].mean() - expected) < 4 * np.sqrt(0.25 / 250)
    search.tell([*steps, *(Result(t, "ok", {"value": 0.0}) for t in steps)])
    np.testing.assert_array_equal(search.logits, before)


def test_afterwards_steps_and_scores_of_paths_come_in_pairs() -> None:
    driver = drive(TuNAS(epochs=4), problem_of("flat"))
    driver.run(1, width=8)
    trials = [e for e in driver.log if isinstance(e, Trial) and e.purpose != "evaluate"]
    assert [t.purpose for t in trials] == ["step"] * 4 + ["step", "score"] * 12
    assert all(isinstance(t.point, Point) for t in trials[4:])
    assert [t.progress for t in trials[4::2]] == [k / 16 for k in range(4, 16)]


@pytest.mark.parametrize("space", ["flat", "conditional"])
def test_the_score_function_is_the_derivative_of_the_log_probability(space: str) -> None:
    problem = problem_of(space)
    options, rng = problem.table.options, np.random.default_rng(0)
    logits = rng.normal(size=options.count)
    row = options.draw(options.softmax(logits), 1, rng)

    def log_p(at: np.ndarray) -> float:
        return float(options.log_weight(options.softmax(at), row)[0])

    numeric = [(log_p(logits + d) - log_p(logits - d)) / 2e-6 for d in 1e-6 * np.eye(options.count)]
    np.testing.assert_allclose(score_function(problem, options.softmax(logits), row[0]), numeric, atol=1e-8)


def test_the_baseline_is_a_moving_average_and_the_first_reward_moves_nothing() -> None:
    search = TuNAS(epochs=5, warmup=0.0, lr=0.1).start(problem_of("flat"))
    assert isinstance(search, TuNASSearch)
    sign = -1.0 if search.problem.objectives.goals[0].maximize else 1.0
    before, average = search.logits.copy(), None
    for turn, loss in enumerate([0.5, 0.7, 0.1]):
        step, score = search.ask([2 * turn, 2 * turn + 1])
        search.tell([step, score, Result(step, "ok"), Result(score, "ok", {"value": sign * loss})])
        if turn == 0:
            np.testing.assert_array_equal(search.logits, before)
        average = -loss if average is None else 0.95 * average - 0.05 * loss
        assert search.baseline == pytest.approx(average)


def test_it_finds_the_options_of_the_best_scores() -> None:
    driver = drive(TuNAS(epochs=400, lr=0.03), problem_of("flat"))
    (result,) = driver.run(1, width=2)
    drawn = [e.metrics["value"] for e in driver.log if isinstance(e, Result) and e.trial.purpose == "score"]
    assert result.metrics["value"] <= np.quantile(drawn[:100], 0.05)
    assert np.mean(drawn[-100:]) < np.mean(drawn[:100])


@pytest.mark.parametrize("turns", [2, 15])
def test_a_snapshot_in_the_middle_continues_exactly(turns: int) -> None:
    algorithm, problem = TuNAS(epochs=4, derive=2), problem_of("flat")
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
