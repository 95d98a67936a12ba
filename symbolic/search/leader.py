"""The best results so far, kept up to date one result at a time."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from symbolic.search.events import Result
from symbolic.search.objectives import Objectives


def eligible(result: Result, objectives: Objectives) -> bool:
    """Return whether a result may be best: final, `ok`, an evaluation, not imported, feasible, finite."""
    trial = result.trial
    if result.status != "ok" or trial.purpose != "evaluate" or trial.origin == "imported":
        return False
    return objectives.violation(result) == 0.0 and bool(np.isfinite(objectives.losses(result)).all())


@attrs.define
class Leader:
    """The non-dominated eligible results at the highest fidelity met; with one objective the first best one.

    `high` is the fidelity that None stands for.
    """

    objectives: Objectives
    high: float = 0.0
    fidelity: float = float("-inf")
    losses: list[NDArray[np.float64]] = attrs.field(factory=list)
    results: list[Result] = attrs.field(factory=list)

    def add(self, result: Result) -> bool:
        """Take in a final result; return whether it is better than, or not dominated by, all before."""
        if not eligible(result, self.objectives):
            return False
        at = self.high if result.trial.fidelity is None else result.trial.fidelity
        if at < self.fidelity:
            return False
        if at > self.fidelity:
            self.fidelity, self.losses, self.results = at, [], []
        losses = self.objectives.losses(result)
        if any((other <= losses).all() for other in self.losses):
            return False
        kept = [i for i, other in enumerate(self.losses) if not (losses <= other).all()]
        self.losses = [*(self.losses[i] for i in kept), losses]
        self.results = [*(self.results[i] for i in kept), result]
        return True

    @property
    def numbers(self) -> frozenset[int]:
        """The trials that lead: their checkpoints are kept."""
        return frozenset(r.trial.number for r in self.results)
