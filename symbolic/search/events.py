"""The words of the protocol: what is proposed (`Trial`) and what came of it (`Result`). A search is a fold over these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from symbolic.points import Mixture, Point, Schedule

Plain: TypeAlias = Any
"""None, bool, int, float, str, list, dict, tuple, set, bytes, NumPy scalar or array, and the types of this module."""
Purpose = Literal["evaluate", "step", "score", "gradient", "lookahead"]
Status = Literal["running", "ok", "stopped", "failed", "infeasible", "cancelled"]
Origin = Literal["search", "baseline", "queued", "imported"]
FailureKind = Literal["raised", "lost", "timeout", "memory", "nan", "shape"]
TRANSIENT: frozenset[Purpose] = frozenset({"step", "score", "gradient", "lookahead"})
"""Purposes that take a number but no row: the weights they change live in snapshots."""


@attrs.frozen(eq=False)
class Trial:
    """A numbered request to evaluate a point, for one purpose, at a fidelity (None: the high end).

    `continue_from`/`reached`: start from the checkpoint of that trial, which stands at that fidelity. `batches`: how many
    validation batches a `score` takes (None: all). `progress` in [0, 1): position in the run, for schedules of the backend.
    `schedule`: path -> values to follow over the training. `memo`: the algorithm's own plain data, at most 4 KB.
    `inherit_from`: a trial number or "supernet": start from the slices both networks share.
    """

    number: int
    point: Point | Mixture
    purpose: Purpose = "evaluate"
    fidelity: float | None = None
    continue_from: int | None = None
    reached: float = 0.0
    batches: int | None = None
    progress: float = 0.0
    schedule: Mapping[str, Schedule] = attrs.field(factory=dict)
    memo: Mapping[str, Plain] = attrs.field(factory=dict)
    origin: Origin = "search"
    inherit_from: int | str | None = None


@attrs.frozen
class Failure:
    """Why a trial failed, as text: `message` at most 1 KB, `trace` at most 16 KB (the end is kept)."""

    kind: FailureKind
    message: str
    trace: str = ""


@attrs.frozen(eq=False)
class Result:
    """What came of a trial. `running` is a report at a fidelity; every other status is final.

    `metrics` are numbers by name. `gradient` float64, d loss / d weight in the shape of the mixture's weights, for
    `gradient` and `lookahead` only. `cost_s` counts the increment alone where a trial continues another.
    """

    trial: Trial
    status: Status
    metrics: Mapping[str, float] = attrs.field(factory=dict)
    fidelity: float | None = None
    cost_s: float = 0.0
    gradient: NDArray[np.float64] | None = None
    failure: Failure | None = None

    @property
    def final(self) -> bool:
        """Whether nothing more comes of this trial."""
        return self.status != "running"


Event: TypeAlias = Trial | Result
