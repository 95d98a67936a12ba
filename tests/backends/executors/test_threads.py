"""What threads add: trials that wait together, leaving at the next report, and what may not run there."""

from __future__ import annotations

import random
import threading
import time
from typing import Any

import numpy as np
import pytest

import symbolic as sym
from backends.errors import ExecutorError
from backends.executors.serial import Serial
from backends.executors.threads import Threads

SPACE = "space waiting version 1\na = 0..9\nb = 0..9\nmaximize value\n"


def threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("symspace-trial")]


def gone(within_s: float = 10.0) -> bool:
    end = time.monotonic() + within_s
    while threads() and time.monotonic() < end:
        time.sleep(0.01)
    return not threads()


def test_trials_wait_together() -> None:
    barrier, state = threading.Barrier(4, timeout=20), (random.getstate(), np.random.get_state()[1].tolist())

    def wait(values: Any) -> float:
        barrier.wait()
        return float(values["a"])

    study = sym.search(
        sym.parse(SPACE), evaluate=wait, algorithm="random", trials=8, executor=Threads(4), reuse=False, listeners=[]
    )
    assert [t.state for t in study.trials] == ["ok"] * 8 and gone()
    assert (random.getstate(), np.random.get_state()[1].tolist()) == state, "global generators stand where they stood"
    same = sym.search(
        sym.parse(SPACE), evaluate=lambda v: float(v["a"]), algorithm="random", trials=8, reuse=False, listeners=[]
    )
    assert [t.values for t in same.trials] == [t.values for t in study.trials]


def test_a_stop_lets_trials_leave_at_their_next_report(fakes: Any, opened: Any, trial: Any) -> None:
    session = opened(Threads(2), fakes.Fake(seconds={0: 0.05, 1: 0.05}))
    session.submit([trial(0), trial(1)])
    session.cancel(0)
    (result,) = session.collect(lambda report: "go", 30.0)
    assert result.trial.number == 1 and session.running == 0
    session.submit([trial(0)])
    session.close()
    session.close()
    assert gone()


def test_the_time_out_of_collect(fakes: Any, opened: Any, trial: Any) -> None:
    session = opened(Threads(1), fakes.Fake(seconds={0: 0.1}))
    session.submit([trial(0)])
    began = time.monotonic()
    assert session.collect(lambda report: "go", 0.05) == []
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("settings", [{"workers": 0}, {"workers": True}, {"workers": 1000}, {"trial_timeout": 5.0}])
def test_options(settings: dict[str, Any]) -> None:
    with pytest.raises(ExecutorError, match=r"workers is|time-out per trial"):
        Threads(**settings)


def test_what_may_not_run_there(fakes: Any, opened: Any, trial: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(fakes.Falling, "concurrent")
    with pytest.raises(ExecutorError, match="Falling cannot run in threads"):
        opened(Threads(1), fakes.Falling())
    with pytest.raises(ExecutorError, match="shared weights"):
        opened(Threads(1), fakes.Fake()).submit([trial(0, purpose="step")])


def test_it_is_registered() -> None:
    from symbolic import registry

    assert registry.get("executors", "threads") is Threads and registry.get("executors", "serial") is Serial
