"""How much each decision matters for an objective: asked of a model that is fitted to a study's results.

The model is found in the group `symspace.importances`; features are those of `encode`, taken together per decision.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from symbolic import registry
from symbolic.errors import SymspaceError
from symbolic.points import Population
from symbolic.search.finished import Study, StudyTrial
from symbolic.table.encode import encode, features
from symbolic.table.table import Table

FEWEST = 8
"""Trials below which nothing can be told."""


class ImportanceError(SymspaceError):
    """A study does not tell which decisions matter."""


class Importances(Protocol):
    """A way to tell which groups of features matter."""

    def importances(
        self, features: NDArray[np.float64], values: NDArray[np.float64], groups: Sequence[Sequence[int]]
    ) -> NDArray[np.float64]:
        """Return for each group of columns of `features` `[row, feature]` how much `values` `[row]` depend on it, >= 0."""


def importances(study: Study, goal: int = 0, method: str = "forest") -> Mapping[str, float]:
    """Return decision -> its share of what all matter for an objective, largest first, 1 in all (0 where nothing matters).

    `goal` counts the objectives from 0. Looks at finite results of the highest fidelity at which most trials ended. Raises
    `ImportanceError` for fewer than 8 of them, or where their values do not differ.
    """
    if not 0 <= goal < len(study.objectives.goals):
        raise ImportanceError(f"the study has no objective {goal}; it has {len(study.objectives.goals)}, counted from 0")
    trials = comparable(study, goal)
    if len(trials) < FEWEST:
        raise ImportanceError(f"{len(trials)} results are too few to tell which decisions matter: {FEWEST} are needed")
    values = np.array([t.values[goal] for t in trials])
    if np.ptp(values) == 0:
        raise ImportanceError(f"all {len(trials)} results are equal: no decision matters")
    table = study.space.lower()
    groups = decision_features(table)
    encoded = encode(table, Population.of([t.candidate.point for t in trials]))
    model: Importances = registry.get("importances", method)()
    shares = model.importances(encoded, values, list(groups.values()))
    total = float(shares.sum()) or 1.0
    ordered = sorted(zip(groups, shares, strict=True), key=lambda pair: -pair[1])
    return {path: float(share) / total for path, share in ordered}


def comparable(study: Study, goal: int) -> list[StudyTrial]:
    """Return the trials whose values of one objective can be compared: finite, of this space, at one fidelity."""
    found = [t for t in study.trials if t.state == "ok" and not t.outdated and math.isfinite(t.values[goal])]
    counts: dict[float, int] = {}
    for t in found:
        counts[_at(t)] = counts.get(_at(t), 0) + 1
    often = max(counts.values(), default=0)
    best = max((fidelity for fidelity, count in counts.items() if count == often), default=math.inf)
    return [t for t in found if _at(t) == best]


def _at(trial: StudyTrial) -> float:
    return math.inf if trial.fidelity is None else trial.fidelity


def decision_features(table: Table) -> Mapping[str, tuple[int, ...]]:
    """Return the features of `encode` that each decision has, by path; the flag of activity is one of them."""
    groups: dict[str, list[int]] = {}
    for feature in features(table):
        members = table.plan.step(feature.column).members
        path = table.path[feature.column] if members is None else members.path
        groups.setdefault(path, []).extend(range(feature.start, feature.end))
    return {path: tuple(places) for path, places in groups.items()}
