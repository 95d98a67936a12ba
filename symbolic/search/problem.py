"""What an algorithm may read beside events, and what it declares to need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import attrs
import numpy as np
from numpy.typing import NDArray

from symbolic.search.objectives import Objectives
from symbolic.table.table import Fidelity, Table

KINDS = frozenset({"one", "subset", "permutation", "multiset", "int", "float"})


class Analytic(Protocol):
    """A metric known without training (params, FLOPs)."""

    def actual(self, codes: NDArray[np.int32]) -> float:
        """Return the metric of a candidate, codes `[column]`."""

    def expected(self, weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Return the expected metric of a mixture, weights `[option]`, and its gradient `[option]`."""


@attrs.frozen
class Budget:
    """When to stop: durable trials, wall seconds over all sittings, sum of the results' cost. None: no limit."""

    trials: int | None = None
    seconds: float | None = None
    cost_s: float | None = None


@attrs.frozen
class Facts:
    """What a backend says about itself and the space.

    `provides`: signals out of `evaluate report continue cost schedule inherit step score gradient lookahead`.
    `relaxable`: paths that may be mixed; `unrelaxable`: path -> why not; `online`: paths that may change while weights live
    on; `metrics`: what results report; `analytic`: metrics known without training; `steps_per_epoch`: of the supernet;
    `seconds`: measured seconds of one `step` (single path), `mixture` (step at a mixture), `gradient`, `score` (whole split);
    `notes`: lines a user should see once, before trial 1.
    """

    name: str = "session"
    provides: frozenset[str] = frozenset({"evaluate"})
    metrics: frozenset[str] = frozenset()
    steps_per_epoch: int | None = None
    seconds: Mapping[str, float] = attrs.field(factory=dict)
    relaxable: frozenset[str] = frozenset()
    unrelaxable: Mapping[str, str] = attrs.field(factory=dict)
    online: frozenset[str] = frozenset()
    analytic: Mapping[str, Analytic] = attrs.field(factory=dict, eq=False)
    notes: tuple[str, ...] = ()


@attrs.frozen(eq=False)
class Problem:
    """All that an algorithm may read besides events."""

    table: Table
    objectives: Objectives
    seed: int = 0
    fidelity: Fidelity | None = None
    budget: Budget = Budget()
    facts: Facts = Facts()
    context: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen
class Needs:
    """What an algorithm cannot do without, and what it can handle.

    `signals` it needs of the backend; `kinds` of decision it proposes; at most `objectives` objectives (None: any);
    `limits`: handles measured constraints; `fidelity`: needs one; `online`: needs an online decision; `conditions`:
    handles conditional decisions.
    """

    signals: frozenset[str] = frozenset({"evaluate"})
    kinds: frozenset[str] = KINDS
    objectives: int | None = 1
    limits: bool = True
    fidelity: bool = False
    online: bool = False
    conditions: bool = True
