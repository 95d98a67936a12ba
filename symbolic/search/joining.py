"""Joining a study that others search: the same loop on the same log, for a while or to the end."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from symbolic.search.durations import seconds
from symbolic.search.finished import Study
from symbolic.search.interrupts import Stop
from symbolic.search.notices import Listener
from symbolic.search.study import resume_study


def join(
    store: str | Path,
    name: str,
    *,
    workers: int = 0,
    time: float | str | None = None,
    trial_timeout: float | str | None = None,
    trust: Sequence[str] = (),
    listeners: Sequence[Listener] | None = None,
    stop: Stop | None = None,
) -> Study:
    """Work on a stored study beside other processes, of this machine or others, within the budget of the study.

    `time`: leave after so long, in seconds or as `"2h"`; no part of the study's budget. Whoever leaves, by `time`, Ctrl-C or
    SIGTERM, ends what reports soon and gives back the rest: others run it again, from its checkpoint. Raises `StoreBusy` for a
    study that lives in one process (shared weights, deterministic order), and what `resume_study` raises.
    """
    stop = stop or Stop()
    with leaving_after(stop, None if time is None else seconds(time)):
        return resume_study(
            store, name, workers=workers, trial_timeout=trial_timeout, trust=trust, listeners=listeners, stop=stop
        )


@contextmanager
def leaving_after(stop: Stop, limit_s: float | None) -> Iterator[None]:
    """Ask for a stop when the time is over, unless the block ends before."""
    if limit_s is None:
        yield
        return

    def leave() -> None:
        stop.requested = True

    timer = threading.Timer(limit_s, leave)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
