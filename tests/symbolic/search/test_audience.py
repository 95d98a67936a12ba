"""Listeners hear everything in order and can change nothing; one that raises is reported once and dropped."""

from __future__ import annotations

import logging

import numpy as np
import pytest

import symbolic as sym
from symbolic.search.notices import Ended, Finished, Opened, Proposed, Reported


def proposals(study) -> list[tuple]:
    return [(t.number, t.candidate.to_dict(), t.state, dict(t.metrics)) for t in study.trials]


def search(space, toys, listeners, store=None):
    return sym.search(space, backend=toys.ToyTrainer(), algorithm=toys.Climber(), trials=8, listeners=listeners, store=store)


@pytest.fixture
def expected(space, toys):
    return proposals(search(space, toys, []))


def test_notices_tell_the_study_in_order(space, toys, store):
    heard = []
    study = search(space, toys, [heard.append], store)
    assert isinstance(heard[0], Opened) or any(isinstance(n, Opened) for n in heard)
    assert isinstance(heard[-1], Ended)
    finished = [n.result for n in heard if isinstance(n, Finished)]
    assert [r.trial.number for r in finished] == [t.number for t in study.trials]
    assert [dict(r.metrics) for r in finished] == [dict(t.metrics) for t in study.trials]
    told = [n.result for n in heard if isinstance(n, Reported)]
    assert len(told) == sum(map(len, study.reports.values()))
    better = [n.result.trial.number for n in heard if isinstance(n, Finished) and n.improved]
    assert better[-1] == study.best.number


class Meddler:
    """Tries to change all it is given."""

    def __init__(self) -> None:
        self.refused = 0

    def __call__(self, notice) -> None:
        match notice:
            case Proposed(trial=trial):
                self.refuses(lambda: trial.point.index.__setitem__(0, 0))
                self.refuses(lambda: trial.point.real.fill(1.0))
                self.refuses(lambda: setattr(trial, "number", 0))
                trial.memo.clear()
            case Finished(result=result) | Reported(result=result):
                self.refuses(lambda: result.metrics.__setitem__("loss", -1.0))
                self.refuses(lambda: result.trial.point.index.__setitem__(0, 0))
            case Opened(space=space):
                self.refuses(lambda: setattr(space, "name", "other"))
        np.random.seed(0)

    def refuses(self, change) -> None:
        with pytest.raises((AttributeError, ValueError, TypeError)):
            change()
        self.refused += 1


def test_a_listener_can_change_nothing(space, toys, store, expected):
    meddler = Meddler()
    assert proposals(search(space, toys, [meddler], store)) == expected
    assert meddler.refused > 50


def test_a_listener_that_raises_is_reported_once_and_dropped(space, toys, store, expected, caplog):
    heard, calls = [], []

    def broken(notice):
        calls.append(notice)
        if isinstance(notice, Finished):
            raise RuntimeError("disk full")

    with caplog.at_level(logging.WARNING, "symspace"):
        study = search(space, toys, [broken, heard.append], store)
    assert proposals(study) == expected
    assert len(caplog.records) == 1
    assert "raised RuntimeError and is dropped: disk full" in caplog.text
    assert "Traceback" not in caplog.text
    assert isinstance(calls[-1], Finished)
    assert isinstance(heard[-1], Ended)


def test_listeners_are_closed_however_a_search_ends(space, toys):
    class Closing:
        closed = 0

        def __call__(self, notice) -> None:
            pass

        def close(self) -> None:
            self.closed += 1

    good, bad = Closing(), Closing()
    search(space, toys, [good])
    with pytest.raises(sym.SymspaceError, match="all failed"):
        sym.search(sym.parse("space s\nx = 1..99"), evaluate=lambda v: 1 / 0, trials=9, listeners=[bad])
    assert (good.closed, bad.closed) == (1, 1)


def test_closing_may_fail(space, toys, expected, caplog):
    class Stuck:
        def __call__(self, notice) -> None:
            pass

        def close(self) -> None:
            raise OSError("gone")

    assert proposals(search(space, toys, [Stuck()])) == expected
    assert "raised OSError" in caplog.text
