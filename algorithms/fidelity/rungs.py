"""Rungs: the fidelities at which a scheduler compares candidates, and what has ended at each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from algorithms.history import History, Outcome
from symbolic.errors import SymspaceError
from symbolic.points import Point
from symbolic.search.events import Plain, Result, Trial
from symbolic.search.objectives import Objectives
from symbolic.table.table import Fidelity


class FidelityError(SymspaceError):
    """A fidelity along which nothing can be scheduled."""


def levels(fidelity: Fidelity | None, eta: int) -> tuple[float, ...]:
    """Return the fidelities of the rungs, rising: low * eta^k while below high, then high, each on the grid.

    Raises `FidelityError` where there is no fidelity, or fewer than two rungs.

    >>> levels(Fidelity("epochs", 1, 9), 3)
    (1.0, 3.0, 9.0)
    >>> levels(Fidelity("steps", 5, 4000), 3)
    (5.0, 15.0, 45.0, 135.0, 405.0, 1215.0, 3645.0, 4000.0)
    """
    if fidelity is None:
        raise FidelityError("there is no fidelity to schedule along: declare `epochs: fidelity 1..9`")
    if fidelity.low <= 0:
        raise FidelityError(f"{fidelity.path}: fidelity {fidelity.low:g}..{fidelity.high:g} begins at 0: let it begin above")
    found, level = list[float](), float(fidelity.low)
    while level < fidelity.high * (1 - 1e-9):
        found.append(_on_grid(fidelity, level))
        level *= eta
    rising = sorted({x for x in found if x < fidelity.high} | {float(fidelity.high)})
    if len(rising) < 2:
        raise FidelityError(
            f"{fidelity.path}: fidelity {fidelity.low:g}..{fidelity.high:g} has one rung only: widen it, e.g. 1..{eta**2}"
        )
    return tuple(rising)


def _on_grid(fidelity: Fidelity, value: float) -> float:
    step = fidelity.step if fidelity.step and not fidelity.log else 1.0 if fidelity.integer else None
    return float(value) if step is None else float(fidelity.low + step * round((value - fidelity.low) / step))


def rung_of(trial: Trial, rising: Sequence[float]) -> int | None:
    """Return the rung of a trial's fidelity (None: the top), None where it is on none."""
    if trial.fidelity is None:
        return len(rising) - 1
    near = (k for k, level in enumerate(rising) if math.isclose(level, trial.fidelity, rel_tol=1e-9))
    return next(near, None)


def promotion(number: int, source: Outcome, rung: int, rising: Sequence[float], memo: Mapping[str, Plain]) -> Trial:
    """Return the trial that continues `source` at `rung`, one above its own. The top is written as None, as everywhere."""
    fidelity = None if rung == len(rising) - 1 else rising[rung]
    point = source.point
    return Trial(number, point, fidelity=fidelity, continue_from=source.number, reached=rising[rung - 1], memo=memo)


@attrs.define(eq=False)
class Rung:
    """What ended at one fidelity. `able`: ended `ok` and not continued yet. `asked`: how many trials were sent here."""

    history: History
    able: set[int] = attrs.field(factory=set)
    asked: int = 0

    @classmethod
    def empty(cls, objectives: Objectives) -> Rung:
        """Return a rung where nothing has happened."""
        return cls(History(objectives))

    @property
    def ended(self) -> int:
        """How many trials ended here, failed ones too."""
        return len(self.history.finished)

    def end(self, result: Result) -> None:
        """Take in a final result; only what ended `ok` may be continued."""
        self.history.tell([result])
        if result.status == "ok" and isinstance(result.trial.point, Point):
            self.able.add(result.trial.number)

    def best(self, most: int, taken: set[int]) -> Outcome | None:
        """Return the first of the `most` best that may be continued and is not in `taken`."""
        if most <= 0 or not self.able - taken:
            return None
        for row in self.history.order()[:most].tolist():
            outcome: Outcome = self.history.finished[row]
            if outcome.number in self.able and outcome.number not in taken:
                return outcome
        return None

    def state(self) -> dict[str, Plain]:
        """Return everything as plain data."""
        return {"history": self.history.state(), "able": set(self.able), "asked": self.asked}

    def load(self, state: Mapping[str, Any]) -> None:
        """Continue from a state."""
        self.history.load(state["history"])
        self.able, self.asked = set(state["able"]), int(state["asked"])
