"""Objectives: what a study minimises or maximises, and the measured limits that results must keep."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from symbolic.search.events import Result


@attrs.frozen
class Objective:
    """An expression over metrics as canonical text (the usual case: one metric's name), and its direction."""

    expression: str
    maximize: bool = False


@attrs.frozen
class Limit:
    """A condition over metrics as canonical text that must be true (`params(model) <= 200000`)."""

    condition: str


@attrs.frozen
class Objectives:
    """Goals and limits of a study. Algorithms see `losses`, `violation` and `order` only."""

    goals: tuple[Objective, ...]
    limits: tuple[Limit, ...] = ()

    def losses(self, result: Result) -> NDArray[np.float64]:
        """Return `[objective]`, all minimised; `+inf` where failed, infeasible, missing or not finite."""
        raise NotImplementedError

    def violation(self, result: Result) -> float:
        """Return how far the limits are violated, >= 0; 0 is feasible, inf a failed result."""
        raise NotImplementedError

    def order(self, results: Sequence[Result]) -> list[int]:
        """Return positions best first: feasible, violation, non-domination rank, crowding distance, trial number."""
        raise NotImplementedError
