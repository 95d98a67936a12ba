"""GDAS against a simulated supernet, and its rule that what was not sampled gives no gradient."""

import json

import numpy as np

from algorithms.oneshot.gdas import GDAS, GDASSearch
from algorithms.oneshot.gumbel import hard
from symbolic.points import Mixture, Point, Population
from symbolic.search.complete import started
from symbolic.search.events import Result, Trial
from symbolic.search.plain import decode, encode
from symbolic.table import satisfies
from symbolic.testing.algorithms import drive, scaled
from symbolic.testing.spaces import problem_of


def test_it_steps_and_differentiates_at_single_paths_of_their_own() -> None:
    driver = drive(GDAS(epochs=3), problem_of("flat"))
    driver.run(1, width=8)
    trials = [e for e in driver.log if isinstance(e, Trial) and e.purpose != "evaluate"]
    assert [t.purpose for t in trials] == ["step", "gradient"] * 12
    assert all(isinstance(t.point, Mixture) and set(t.point.weights) == {0.0, 1.0} for t in trials)
    assert any(a.point.key != b.point.key for a, b in zip(trials[::2], trials[1::2], strict=True))


def test_the_temperature_falls_on_a_line_from_10_to_a_tenth() -> None:
    search = GDAS(epochs=5).start(problem_of("flat"))
    assert isinstance(search, GDASSearch)
    seen = []
    for iteration in range(search.total):
        search.iteration = iteration
        seen.append(search.temperature)
    np.testing.assert_allclose(seen, np.linspace(10.0, 0.1, search.total))


def test_gradients_at_what_was_not_sampled_change_nothing() -> None:
    ends = []
    for filler in (0.0, 1e6):
        search = GDAS(epochs=2, lr=0.1).start(problem_of("flat"))
        assert isinstance(search, GDASSearch)
        step, gradient = search.ask([0, 1])
        assert isinstance(gradient.point, Mixture)
        sampled = gradient.point.weights > 0
        told = np.where(sampled, np.linspace(-1, 1, len(sampled)), filler)
        search.tell([step, gradient, Result(step, "ok"), Result(gradient, "ok", gradient=told)])
        ends.append(search.logits)
    np.testing.assert_array_equal(ends[0], ends[1])


def test_the_first_step_follows_the_noise_of_the_gradients_own_trial() -> None:
    """A loss that grows with the sampled option lowers it against the others: the tempered softmax's Jacobian says so."""
    search = GDAS(epochs=2, lr=0.1, decay=0.0).start(problem_of("flat"))
    assert isinstance(search, GDASSearch)
    before = search.logits.copy()
    step, gradient = search.ask([0, 1])
    assert isinstance(gradient.point, Mixture)
    search.tell([step, gradient, Result(step, "ok"), Result(gradient, "ok", gradient=gradient.point.weights.copy())])
    moved = search.logits - before
    np.testing.assert_allclose(moved, np.where(gradient.point.weights > 0, -0.1, 0.1), rtol=1e-3)


def test_it_finds_the_one_informative_option_of_every_decision() -> None:
    """The loss falls by the weight of one option of each decision; the others do nothing."""
    problem = problem_of("flat")
    options = problem.table.options
    good = hard(options, np.random.default_rng(5).random(options.count))
    search, number = GDAS(epochs=150, lr=0.05).start(problem), 0
    while True:
        trials = search.ask([number, number + 1])
        if trials[0].purpose == "evaluate":
            break
        number += len(trials)
        search.tell(trials)
        search.tell([Result(t, "ok", gradient=-good * (t.point.weights > 0)) for t in trials if isinstance(t.point, Mixture)])
    assert isinstance(trials[0].point, Point)
    found = (options.one_hot(trials[0].point) * good).sum()
    assert found >= 0.9 * np.count_nonzero(options.card)


def test_it_ends_with_several_ordinary_candidates() -> None:
    driver = drive(GDAS(epochs=2, derive=3), problem_of("constrained"))
    results = driver.run(100)
    assert len({r.trial.point.key for r in results}) == 3
    assert satisfies(driver.problem.table, Population.of([r.trial.point for r in results])).all()


def test_a_snapshot_in_the_middle_continues_exactly() -> None:
    algorithm, problem = GDAS(epochs=3, derive=2), problem_of("flat")
    whole, half = drive(algorithm, problem), drive(algorithm, problem)
    whole.run(2)
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
