"""A study as JSON data: how it stands and what it found, as `search --json`, `resume --json` and `status --json` print it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolic.search.finished import Study, StudyError

STATES = ("ok", "pending", "failed", "infeasible", "stopped")


def outcome(study: Study, store: str) -> dict[str, Any]:
    """Return how a search ended: trials by state, why, the best trial or the front (`pareto`), gain, report on test data."""
    from symbolic.cli.report import trial_json

    several = len(study.objectives.goals) > 1
    found: dict[str, Any] = {"study": study.name, "store": store, "why": study.why, "trials": counted(study)}
    found["objectives"] = [str(g) for g in study.objectives.goals]
    if several:
        return {**found, "pareto": [trial_json(study, t) for t in study.pareto]}
    try:
        best = trial_json(study, study.best)
    except StudyError as error:
        return {**found, "best": None, "reason": str(error)}
    return {**found, "best": best, "gain": study.gain, "report": study.report}


def counted(study: Study) -> Mapping[str, int]:
    """Return how many trials are in each state, each state named; `outdated` ones are in no other."""
    states = [t.state for t in study.trials if not t.outdated]
    return {**{s: states.count(s) for s in STATES}, "outdated": len(study.trials) - len(states)}
