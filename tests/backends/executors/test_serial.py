"""What only the serial executor does: transient trials in order, cancelling before the start, no time-out."""

from __future__ import annotations

from typing import Any

import pytest

from backends.errors import ExecutorError
from backends.executors.serial import Serial
from symbolic.search.randomness import trial_seed


def test_transient_trials_run_in_one_burst_with_their_own_seeds(fakes: Any, opened: Any, trial: Any) -> None:
    session = opened(Serial(), fakes.Fake())
    session.submit([trial(i, purpose="step") for i in range(5)])
    results = session.collect(lambda report: "go", None)
    assert [r.trial.number for r in results] == list(range(5))
    assert [r.metrics["loss"] for r in results] == [float(trial_seed(5, i)) for i in range(5)]
    assert session.collect(lambda report: "go", None) == []


def test_an_exception_in_a_transient_trial_is_raised(fakes: Any, opened: Any, trial: Any) -> None:
    session = opened(Serial(), fakes.Fake(bad={0: "raise"}))
    session.submit([trial(0, purpose="step")])
    with pytest.raises(ValueError, match="no such operator"):
        session.collect(lambda report: "go", None)


def test_a_cancelled_trial_never_runs(fakes: Any, opened: Any, trial: Any) -> None:
    session = opened(Serial(), fakes.Fake())
    session.submit([trial(0), trial(1)])
    session.cancel(0)
    (result,) = session.collect(lambda report: "go", None)
    assert result.trial.number == 1


def test_a_time_out_is_refused_with_the_remedy() -> None:
    with pytest.raises(ExecutorError, match="--workers 1"):
        Serial(trial_timeout=3.0)


def test_close_closes_the_evaluator(fakes: Any, opened: Any) -> None:
    session = opened(Serial(), fakes.Fake())
    session.close()
    assert session.evaluator.closed
