"""RSPS against a simulated supernet."""

import json

import numpy as np
import pytest

from algorithms.oneshot.rsps import RSPS
from symbolic.points import Point, Population
from symbolic.search.complete import started
from symbolic.search.events import Result, Trial
from symbolic.search.plain import decode, encode
from symbolic.table import satisfies
from symbolic.testing.algorithms import drive, scaled
from symbolic.testing.spaces import problem_of


def test_the_best_of_100_distinct_random_candidates_is_derived() -> None:
    driver = drive(RSPS(epochs=2), problem_of("constrained"))
    (final,) = driver.run(1)
    scores = [e for e in driver.log if isinstance(e, Result) and e.trial.purpose == "score"]
    assert len(scores) == len({s.trial.point.key for s in scores}) == 100
    assert all(s.trial.batches == 8 for s in scores)
    assert satisfies(driver.problem.table, Population.of([s.trial.point for s in scores])).all()
    best = min(scores, key=lambda s: s.metrics["value"])
    assert final.trial.point.key == best.trial.point.key


def test_the_best_few_are_derived_in_order() -> None:
    driver = drive(RSPS(epochs=1, candidates=30, derive=4), problem_of("flat"))
    found = [r.metrics["value"] for r in driver.run(10, width=3)]
    values = sorted(e.metrics["value"] for e in driver.log if isinstance(e, Result) and e.trial.purpose == "score")
    assert found == values[:4]


def test_weight_steps_are_uniform_paths_and_depend_on_no_result() -> None:
    """Each option of the first column is drawn in proportion, within four standard errors."""
    problem = problem_of("flat")
    search = RSPS(epochs=500).start(problem)
    trials = search.ask(range(2000))
    assert len(trials) == 2000 and all(t.purpose == "step" for t in trials)
    codes = np.array([t.point.index[0] for t in trials if isinstance(t.point, Point)])
    card = int(problem.table.card[0])
    share = np.bincount(codes, minlength=card) / len(codes)
    np.testing.assert_allclose(share, 1 / card, atol=4 * np.sqrt(1 / card / len(codes)))


def test_scores_wait_for_the_weights() -> None:
    search = RSPS(epochs=1).start(problem_of("flat"))
    steps = search.ask(range(50))
    search.tell(steps)
    assert len(steps) == 4 and not search.ask([50])
    search.tell([Result(s, "ok", {"value": 0.0}) for s in steps])
    assert search.ask([50])[0].purpose == "score"


@pytest.mark.parametrize("turns", [3, 30])
def test_a_snapshot_in_the_middle_continues_exactly(turns: int) -> None:
    algorithm, problem = RSPS(epochs=2, candidates=40, derive=2), problem_of("flat")
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
