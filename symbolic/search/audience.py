"""The listeners of a study: what they hear is sealed, and one that raises is reported once and dropped."""

from __future__ import annotations

import copy
import logging
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType

import attrs

from symbolic.points import Point
from symbolic.search.events import Result, Trial
from symbolic.search.notices import Adopted, Finished, Listener, Notice, Proposed, Reported, Restored, Served

_log = logging.getLogger("symspace")


@attrs.define
class Audience:
    """The listeners of a study. None of them can change a search, whatever it does."""

    listeners: list[Listener] = attrs.field(factory=list)

    def hear(self, notice: Notice) -> None:
        """Send a notice to every listener."""
        if not self.listeners:
            return
        notice = sealed(notice)
        for listener in tuple(self.listeners):
            try:
                listener(notice)
            except Exception as e:
                self.listeners.remove(listener)
                _dropped(listener, e)

    def hear_all(self, notices: Iterable[Notice]) -> None:
        """Send several notices, in order."""
        for notice in notices:
            self.hear(notice)

    def close(self) -> None:
        """Close the listeners that have something to close: the sitting is over, however it ended."""
        for listener in self.listeners:
            try:
                getattr(listener, "close", lambda: None)()
            except Exception as e:
                _dropped(listener, e)


def _dropped(listener: Listener, error: Exception) -> None:
    name = getattr(listener, "__qualname__", type(listener).__qualname__)
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(last.filename).name}:{last.lineno}"
    _log.warning("the listener %s raised %s and is dropped: %s (%s)", name, type(error).__name__, error, where)


def sealed(notice: Notice) -> Notice:
    """Return the notice with trials and results in which nothing can be changed that the search holds."""
    match notice:
        case Proposed(trial=trial) | Adopted(trial=trial):
            return attrs.evolve(notice, trial=_trial(trial))
        case Finished(result=result) | Reported(result=result) | Served(result=result):
            return attrs.evolve(notice, result=_result(result))
        case Restored(leading=leading, baseline=baseline):
            return Restored(tuple(map(_result, leading)), None if baseline is None else _result(baseline))
        case _:
            return notice


def _trial(trial: Trial) -> Trial:
    """A trial with a plan of its own; its point, which is of a candidate and never changes, read-only from here on."""
    if isinstance(trial.point, Point):
        trial.point.index.flags.writeable = False
        trial.point.real.flags.writeable = False
    return attrs.evolve(trial, memo=copy.deepcopy(trial.memo)) if trial.memo else trial


def _result(result: Result) -> Result:
    return attrs.evolve(result, trial=_trial(result.trial), metrics=MappingProxyType(dict(result.metrics)))
