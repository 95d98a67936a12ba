"""The trials of a study as Optuna's frozen trials."""

from __future__ import annotations

import datetime
import math
from typing import TYPE_CHECKING, Any

from symbolic.dashboard.parameters import Parameters, parameters_of
from symbolic.search.expressions import violation
from symbolic.search.finished import Study, StudyTrial

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial, TrialState

_SMALLEST = 1e-9
"""The violation of an infeasible trial whose metrics do not say by how much."""


def frozen_trials(study: Study) -> list[FrozenTrial]:
    """Return the study's trials in the order of their numbers; those of an older version of its space are left out."""
    parameters = parameters_of(study.space.lower())
    return [_frozen(study, parameters, trial) for trial in study.trials if not trial.outdated]


def _frozen(study: Study, parameters: Parameters, trial: StudyTrial) -> FrozenTrial:
    from optuna.trial import create_trial

    state = _state(trial)
    values = None if state.name == "FAIL" or not _finite(trial.values) else list(trial.values)
    params = parameters.of(trial.candidate.point)
    made = create_trial(
        state=state,
        values=values if state.is_finished() else None,
        params=params,
        distributions={path: parameters.distributions[study.space.lower().where[path]] for path in params},
        user_attrs=_attributes(trial),
        system_attrs={"constraints": _violations(study, trial)} if _judged(study, trial) else {},
        intermediate_values=_intermediate(study, trial),
    )
    made.datetime_start = datetime.datetime.fromtimestamp(trial.created_s)
    made.datetime_complete = _ended(trial) if state.is_finished() else None
    return made


def _state(trial: StudyTrial) -> TrialState:
    """An infeasible trial with values is complete, and its constraints say the rest; one without was never evaluated."""
    from optuna.trial import TrialState

    match trial.state:
        case "ok" | "infeasible" if _finite(trial.values):
            return TrialState.COMPLETE
        case "stopped" | "infeasible":
            return TrialState.PRUNED
        case "pending":
            return TrialState.RUNNING
    return TrialState.FAIL


def _finite(values: tuple[float, ...]) -> bool:
    return all(math.isfinite(v) for v in values)


def _judged(study: Study, trial: StudyTrial) -> bool:
    return trial.state == "infeasible" or (bool(study.objectives.limits) and trial.state in ("ok", "stopped"))


def _violations(study: Study, trial: StudyTrial) -> list[float]:
    """How far each limit is broken, 0 where it is kept; a trial that is infeasible by none of them has one more."""
    unknown = 0.0 if trial.state == "infeasible" else math.inf
    found = [violation(limit.node, trial.metrics, unknown) for limit in study.objectives.limits]
    if trial.state == "infeasible" and not any(v > 0 for v in found):
        found.append(_SMALLEST)
    return [min(v, 1e300) for v in found]


def _attributes(trial: StudyTrial) -> dict[str, Any]:
    """The metrics by name, and what else is known of the trial, under names that are no metric's."""
    given = {f"symspace:{name}": getattr(trial, name) for name in ("number", "origin", "fidelity", "cost_s", "error")}
    metrics = {name: value if math.isfinite(value) else str(value) for name, value in trial.metrics.items()}
    return {key: value for key, value in {**metrics, **given}.items() if value is not None}


def _intermediate(study: Study, trial: StudyTrial) -> dict[int, float]:
    """The first objective at each report; steps are whole numbers to Optuna: a fidelity that is none counts its reports."""
    reports = study.reports.get(trial.number, ())
    whole = all(float(r.fidelity).is_integer() for r in reports)
    values = [study.objectives.values(r.metrics)[0] for r in reports]
    steps = [int(r.fidelity) if whole else k for k, r in enumerate(reports)]
    return dict(zip(steps, values, strict=True))


def _ended(trial: StudyTrial) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(trial.created_s if trial.ended_s is None else trial.ended_s)
