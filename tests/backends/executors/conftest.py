"""Hand-made trials and sessions for the tests of executors; the fake backends live in a module that workers can import."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symbolic.nodes import Record
from symbolic.points import Point
from symbolic.search.events import Result, Trial
from symbolic.space import Space


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module of fake backends, importable in workers too."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "fakes"))
    import executor_fakes

    return executor_fakes


@pytest.fixture
def space() -> Space:
    return Space("empty", Record(()))


@pytest.fixture
def trial() -> Callable[..., Trial]:
    """Make the trial of a number; its only decision holds the number's code."""

    def make(number: int, code: int | None = None, **fields: Any) -> Trial:
        point = Point(np.array([number if code is None else code], np.int32), np.zeros(0))
        return Trial(number, point, **fields)

    return make


@pytest.fixture
def opened(space: Space) -> Iterator[Callable[..., Any]]:
    """Open sessions that are closed after the test."""
    sessions: list[Any] = []

    def open_session(executor: Any, backend: Any, folder: Path | None = None, seed: int = 5) -> Any:
        sessions.append(executor.open(backend, space, None, seed, folder))
        return sessions[-1]

    yield open_session
    for session in sessions:
        session.close()


@pytest.fixture
def run_all() -> Callable[..., dict[int, Result]]:
    """Submit trials as capacity allows and collect everything; return number -> final result."""

    def run(session: Any, trials: list[Trial], on_report: Callable[[Result], str] = lambda r: "go") -> dict[int, Result]:
        waiting, results = list(trials), {}
        pending = 0
        while waiting or pending:
            free = session.capacity - pending
            session.submit(waiting[:free])
            pending += len(waiting[:free])
            waiting = waiting[free:]
            for result in session.collect(on_report, 30.0):
                assert result.trial.number not in results
                results[result.trial.number] = result
                pending -= 1
        return results

    return run
