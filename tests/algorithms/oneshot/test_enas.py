"""ENAS: the controller's size and probabilities, its update, and the search against a simulated supernet."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

import symbolic as sym
from algorithms.oneshot.controller import Controller
from algorithms.oneshot.enas import ENAS, ENASSearch
from symbolic.points import Population
from symbolic.search.complete import started
from symbolic.search.events import Result, Trial
from symbolic.search.plain import decode, encode
from symbolic.table import Options, satisfies
from symbolic.testing.algorithms import drive, scaled
from symbolic.testing.spaces import problem_of

DATA = Path(os.environ.get("SYMSPACE_DATA", Path(__file__).parents[4] / "shared" / "data"))
SMALL = ENAS(epochs=2, updates=5, candidates=20, derive=2)


def controller_of(text: str, seed: int = 0) -> tuple[Controller, np.ndarray]:
    controller = Controller(Options(sym.parse(f"space s\n{text}").lower()))
    vector = np.random.default_rng(seed).uniform(-1, 1, controller.size)
    controller.load(vector)
    return controller, vector


def test_the_controller_of_six_edges_and_five_operations_has_as_many_parameters_as_the_releases() -> None:
    path = DATA / "weight_sharing_vectors.json"
    if not path.exists():
        pytest.skip("the vectors are not here")
    edges = "\n".join(f"e{k} = 1 | 2 | 3 | 4 | 5" for k in range(6))
    assert controller_of(edges)[0].size == json.loads(path.read_text())["enas_controller_params"] == 17_253


def test_draws_follow_the_probability_that_is_reported() -> None:
    controller, _ = controller_of("a = 1 | 2 | 3\nb = 1 | 2")
    rng, found, log_p = np.random.default_rng(1), dict[bytes, int](), dict[bytes, float]()
    for _ in range(1500):
        choice = controller.draw(rng)
        found[choice.point.key] = found.get(choice.point.key, 0) + 1
        log_p[choice.point.key] = float(choice.log_p.detach())
    p = np.exp([log_p[key] for key in found])
    assert len(p) == 6 and p.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(np.array(list(found.values())) / 1500, p, atol=4 * np.sqrt(0.25 / 1500))


def test_logits_are_bounded() -> None:
    controller, vector = controller_of("a = 1 | 2")
    controller.load(1000 * vector)
    choice = controller.draw(np.random.default_rng(0))
    assert float(choice.log_p.detach()) >= -np.log1p(np.exp(5.0)) - 1e-12


def test_the_gradient_equals_finite_differences() -> None:
    controller, vector = controller_of("a = 1 | 2 | 3\nb = 1 | 2")
    choice = controller.draw(np.random.default_rng(3))
    gradient = controller.gradient(choice)
    direction = np.random.default_rng(4).normal(size=len(vector))
    ends = []
    for sign in (1, -1):
        controller.load(vector + sign * 1e-6 * direction)
        moved = controller.draw(np.random.default_rng(3))
        assert moved.point.key == choice.point.key
        ends.append(float(moved.log_p.detach()))
    assert gradient @ direction == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5)


def test_a_reward_above_the_baseline_makes_its_path_likelier_and_the_first_moves_nothing() -> None:
    search = ENAS(epochs=1, lr=1e-2).start(problem_of("flat"))
    assert isinstance(search, ENASSearch)
    sign = -1.0 if search.problem.objectives.goals[0].maximize else 1.0
    steps = search.ask(range(50))
    search.tell([*steps, *(Result(t, "ok", {"value": 0.0}) for t in steps)])
    changes = []
    for number, loss in ((50, 0.5), (51, 0.1)):
        (score,) = search.ask([number, 99])
        before = float(search._choice(number).log_p.detach())
        search.tell([score, Result(score, "ok", {"value": sign * loss})])
        search.controller.load(search.vector)
        after = search._choice(number)
        changes.append(float(after.log_p.detach()) - before if after.point.key == score.point.key else 0.0)
    assert changes[0] == 0.0 and changes[1] > 0.0


def test_epochs_of_steps_and_updates_then_scores_then_the_best() -> None:
    driver = drive(SMALL, problem_of("constrained"))
    results = driver.run(10, width=8)
    purposes = [e.purpose for e in driver.log if isinstance(e, Trial)]
    assert purposes == (["step"] * 4 + ["score"] * 5) * 2 + ["score"] * 20 + ["evaluate"] * 2
    scores = [e for e in driver.log if isinstance(e, Result) and e.trial.purpose == "score"]
    assert satisfies(driver.problem.table, Population.of([s.trial.point for s in scores])).all()
    ranked = sorted(scores[-20:], key=lambda s: s.metrics["value"])
    assert [r.trial.point.key for r in results] == [s.trial.point.key for s in ranked[:2]]


def test_the_controller_learns_to_draw_better_paths() -> None:
    driver = drive(ENAS(epochs=6, updates=50, lr=0.02, momentum=0.9, candidates=10), problem_of("flat"))
    driver.run(1)
    values = [e.metrics["value"] for e in driver.log if isinstance(e, Result) and e.trial.purpose == "score"][:300]
    assert np.mean(values[-50:]) < np.mean(values[:50]) - 0.05


@pytest.mark.parametrize("turns", [7, 25])
def test_a_snapshot_in_the_middle_continues_exactly(turns: int) -> None:
    problem = problem_of("flat")
    whole, half = drive(SMALL, problem), drive(SMALL, problem)
    whole.run(2)
    for _ in range(turns):
        if not half.pending:
            half.ask(1)
        half.finish([0])
    state = json.loads(json.dumps(encode(half.search.state_dict())))
    half.search = started(scaled(SMALL, problem), problem)
    half.search.load_state_dict(decode(state))
    half.run(2)
    ends = [[e.point.key for e in d.log if isinstance(e, Trial) and e.purpose == "evaluate"] for d in (whole, half)]
    assert ends[0] == ends[1]
