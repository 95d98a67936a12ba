"""Results that are no numbers: a metric that an objective or limit reads is missing or not finite."""

from __future__ import annotations

import math

import attrs

from symbolic.errors import nearest
from symbolic.search.events import Failure, Result
from symbolic.search.objectives import Objectives


def settled(result: Result, objectives: Objectives) -> Result:
    """Return a final result as everyone sees it: `failed/nan` where a metric that counts is missing or not finite.

    Other metrics may be anything. A `score` needs the metrics of the goals only; other transient trials need none.
    """
    if result.status not in ("ok", "stopped") or result.trial.purpose not in ("evaluate", "score"):
        return result
    read = objectives if result.trial.purpose == "evaluate" else attrs.evolve(objectives, limits=())
    fault = fault_of(result, read)
    return result if fault is None else attrs.evolve(result, status="failed", failure=Failure("nan", fault))


def fault_of(result: Result, objectives: Objectives) -> str | None:
    """Return what is wrong with the metrics that goals and limits read, None where all is well."""
    metrics = result.metrics
    for names in objectives.metrics:
        known = next((metrics[n] for n in names if n in metrics), None)
        if known is None:
            return _missing(names, result)
        if not math.isfinite(known):
            return f"{names[0]} is {known}"
    for goal in objectives.goals:
        if not math.isfinite(goal.value(metrics)):
            return f"{goal.expression} is {goal.value(metrics)} for {dict(metrics)}"
    return None


def _missing(names: tuple[str, ...], result: Result) -> str:
    reported = ", ".join(sorted(result.metrics)) or "nothing"
    hint = nearest(names[-1], result.metrics)
    return f"the study reads {names[0]!r}, and the trial reported {reported}" + (f" ({hint})" if hint else "")


def spoiled(report: Result, objectives: Objectives) -> bool:
    """Return whether a goal that a report tells is not finite: the training has diverged, whatever the search thinks.

    A report that leaves a metric out is not spoiled.
    """
    names = {name for names in attrs.evolve(objectives, limits=()).metrics for name in names}
    return any(not math.isfinite(x) for name, x in report.metrics.items() if name in names)
