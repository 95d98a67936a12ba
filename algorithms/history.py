"""What a model-based search knows: finished candidates with their losses, those in flight, and the keys of both."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from symbolic.points import Point, Population
from symbolic.search.events import Event, Plain, Result, Trial
from symbolic.search.fronts import crowding, ranks
from symbolic.search.objectives import Objectives

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@attrs.frozen(eq=False)
class Outcome:
    """A finished trial: losses `[objective]` (infinite where it failed) and how far it violates its limits."""

    number: int
    point: Point
    losses: tuple[float, ...]
    violation: float


@attrs.define(eq=False)
class History:
    """Events as data for a model. `finished` in the order of arrival; `pending` by trial number; `seen` the keys of all."""

    objectives: Objectives
    finished: list[Outcome] = attrs.field(factory=list)
    pending: dict[int, Point] = attrs.field(factory=dict)
    seen: set[bytes] = attrs.field(factory=set)
    _rows: _Rows | None = attrs.field(default=None, init=False, repr=False)

    def tell(self, events: Iterable[Event]) -> None:
        """Take in trials and final results of ordinary candidates; reports and everything else pass by."""
        for event in events:
            match event:
                case Trial() if isinstance(event.point, Point) and event.purpose == "evaluate":
                    self.pending[event.number] = event.point
                    self.seen.add(event.point.key)
                case Result() if event.final and isinstance(event.trial.point, Point) and event.trial.purpose == "evaluate":
                    self._end(event, event.trial.point)

    def _end(self, result: Result, point: Point) -> None:
        self.pending.pop(result.trial.number, None)
        self.seen.add(point.key)
        if result.status == "cancelled":
            return
        losses = tuple(float(x) for x in self.objectives.losses(result))
        self.finished.append(Outcome(result.trial.number, point, losses, float(self.objectives.violation(result))))

    @property
    def rows(self) -> Population:
        """The finished candidates, `[row]`; at least one must be there."""
        return self._arrays().rows

    @property
    def losses(self) -> F64:
        """Losses `[row, objective]`, infinite where a trial failed."""
        return self._arrays().losses

    @property
    def violations(self) -> F64:
        """How far each finished candidate violates its limits, `[row]`: 0 feasible, infinite failed."""
        return self._arrays().violations

    def order(self, among: I64 | None = None) -> I64:
        """Return positions of `finished` (those `among`, or all), best first: violation, rank, crowding, trial number."""
        known = self._arrays()
        positions = np.arange(known.used) if among is None else among
        losses, violations, numbers = (x[positions] for x in (known.losses, known.violations, known.numbers))
        if losses.shape[1] == 1:
            return positions[np.lexsort((numbers, losses[:, 0], violations))]
        rank, crowd = np.zeros(len(losses), np.int64), np.zeros(len(losses))
        for violation in np.unique(violations):
            alike = np.flatnonzero(violations == violation)
            rank[alike] = ranks(losses[alike])
            crowd[alike] = crowding(losses[alike], rank[alike])
        return positions[np.lexsort((numbers, -crowd, rank, violations))]

    def _arrays(self) -> _Rows:
        if self._rows is None:
            self._rows = _Rows(len(self.objectives.goals))
        self._rows.extend(self.finished)
        return self._rows

    def state(self) -> dict[str, Plain]:
        """Return everything as plain data."""
        finished = [(o.number, o.point, [_told(x) for x in o.losses], _told(o.violation)) for o in self.finished]
        return {"finished": finished, "pending": dict(self.pending), "seen": set(self.seen)}

    def load(self, state: Mapping[str, Any]) -> None:
        """Continue from a state."""
        self.finished = [Outcome(int(n), p, tuple(map(_heard, ls)), _heard(v)) for n, p, ls, v in state["finished"]]
        self.pending = {int(n): p for n, p in state["pending"].items()}
        self.seen = set(state["seen"])
        self._rows = None


def _told(x: float) -> float | None:
    """A number for a state, which holds none that is infinite."""
    return x if math.isfinite(x) else None


def _heard(x: float | None) -> float:
    return math.inf if x is None else float(x)


@attrs.define(eq=False)
class _Rows:
    """The finished trials as arrays that grow: a search of n trials copies each of them a few times, not n times."""

    goals: int
    used: int = 0
    _index: NDArray[np.int32] = attrs.field(factory=lambda: np.empty((0, 0), np.int32))
    _real: F64 = attrs.field(factory=lambda: np.empty((0, 0)))
    _told: F64 = attrs.field(factory=lambda: np.empty((0, 0)))

    def extend(self, finished: list[Outcome]) -> None:
        """Take in what is new since the last call."""
        if len(finished) > len(self._index):
            self._grow(finished[0].point, max(64, 2 * len(finished)))
        for row in range(self.used, len(finished)):
            outcome = finished[row]
            self._index[row], self._real[row] = outcome.point.index, outcome.point.real
            self._told[row] = (outcome.number, outcome.violation, *outcome.losses)
        self.used = len(finished)

    def _grow(self, like: Point, capacity: int) -> None:
        index, real, told = self._index, self._real, self._told
        self._index = np.empty((capacity, len(like.index)), np.int32)
        self._real = np.empty((capacity, len(like.real)))
        self._told = np.empty((capacity, 2 + self.goals))
        if self.used:
            self._index[: self.used] = index[: self.used]
            self._real[: self.used] = real[: self.used]
            self._told[: self.used] = told[: self.used]

    @property
    def rows(self) -> Population:
        return Population(self._index[: self.used], self._real[: self.used])

    @property
    def numbers(self) -> F64:
        return self._told[: self.used, 0]

    @property
    def violations(self) -> F64:
        return self._told[: self.used, 1]

    @property
    def losses(self) -> F64:
        return self._told[: self.used, 2:]
