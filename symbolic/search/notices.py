"""What listeners hear of a running search: progress bars, logs, the command line. They can never change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import attrs

from symbolic.search.events import Result, Trial
from symbolic.search.objectives import Objectives
from symbolic.search.problem import Budget, Facts
from symbolic.search.protocols import Verdict
from symbolic.space import Space


@attrs.frozen
class Opened:
    """The study is open and checked. `algorithm` as it runs, settings scaled; `finished` trials are in the log already.

    Points of trials are read against `space`, metrics against `objectives`.
    """

    study: str
    space: Space
    objectives: Objectives
    algorithm: str
    backend: str
    facts: Facts
    budget: Budget
    resumed: bool
    finished: int


@attrs.frozen
class Restored:
    """The log of a study that goes on was read: what led when it was left, and the result of the default candidate."""

    leading: tuple[Result, ...]
    baseline: Result | None


@attrs.frozen
class Proposed:
    """A durable trial was proposed and recorded."""

    trial: Trial


@attrs.frozen
class Reported:
    """A running trial reported at a fidelity."""

    result: Result
    verdict: Verdict


@attrs.frozen
class Finished:
    """A durable trial ended. `improved`: it is better than (with several objectives: not dominated by) all before."""

    result: Result
    improved: bool


@attrs.frozen
class Served:
    """A durable trial ended with the result of an equal one, trial `source`."""

    result: Result
    source: int


@attrs.frozen
class Adopted:
    """A pending trial of a process that is gone runs again here."""

    trial: Trial


@attrs.frozen
class Stepped:
    """Transient trials ended: `count` in all, `progress` in [0, 1) of the run, metrics of the last one. 10 a second at most."""

    count: int
    progress: float
    metrics: Mapping[str, float]


@attrs.frozen
class Saved:
    """A snapshot of a one-shot search was written."""

    folder: Path


@attrs.frozen
class Waiting:
    """Nothing to do here until something else happens."""

    reason: str


@attrs.frozen
class Note:
    """One line the user should see: settings, decisions fixed at a default, nothing left to do."""

    text: str


@attrs.frozen
class Measured:
    """The best trial was evaluated on test data: the study's report."""

    trial: Trial
    metrics: Mapping[str, float]


@attrs.frozen
class Ended:
    """The sitting is over. `why`: trials seconds cost done interrupted failing diverged error."""

    why: str
    finished: int
    elapsed_s: float


Notice: TypeAlias = (
    Opened | Restored | Proposed | Reported | Finished | Served | Adopted | Stepped | Saved | Waiting | Note | Measured | Ended
)
Listener: TypeAlias = Callable[[Notice], None]
