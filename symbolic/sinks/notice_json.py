"""Notices as JSON data: what a log of a search holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, assert_never

import attrs

from symbolic.points import Point
from symbolic.schedules import with_schedules
from symbolic.search.events import Result, Trial
from symbolic.search.notices import (
    Adopted,
    Ended,
    Finished,
    Measured,
    Note,
    Notice,
    Opened,
    Proposed,
    Reported,
    Restored,
    Saved,
    Served,
    Stepped,
    Waiting,
)


def as_json(notice: Notice, opened: Opened | None) -> dict[str, Any]:
    """Return a notice as plain data: its kind as `event`, trials by number, candidates by path, not finite numbers as null.

    `opened` is the notice the search began with: points are read against its space.
    """
    return {"event": type(notice).__name__.lower(), **_fields(notice, opened)}


def _fields(notice: Notice, opened: Opened | None) -> dict[str, Any]:
    match notice:
        case Opened():
            return _opened(notice)
        case Restored(leading=leading):
            return {"leading": [_result(result, opened) for result in leading]}
        case Proposed(trial=trial) | Adopted(trial=trial):
            return _trial(trial, opened)
        case Reported(result=result, verdict=verdict):
            return {**_result(result, opened), "verdict": verdict}
        case Finished(result=result, improved=improved):
            return {**_result(result, opened), "improved": improved}
        case Served(result=result, source=source):
            return {**_result(result, opened), "source": source}
        case Stepped(count=count, progress=progress, metrics=metrics):
            return {"count": count, "progress": progress, "metrics": _finite(metrics)}
        case Saved(folder=folder):
            return {"folder": str(folder)}
        case Waiting(reason=text) | Note(text=text):
            return {"text": text}
        case Measured(trial=trial, metrics=metrics):
            return {"trial": trial.number, "metrics": _finite(metrics)}
        case Ended(why=why, finished=finished, elapsed_s=elapsed_s):
            return {"why": why, "finished": finished, "elapsed_s": elapsed_s}
        case _:
            assert_never(notice)


def _opened(opened: Opened) -> dict[str, Any]:
    return {
        "study": opened.study,
        "space": opened.space.name,
        "space_hash": opened.space.hash,
        "algorithm": opened.algorithm,
        "backend": opened.backend,
        "objectives": [str(goal) for goal in opened.objectives.goals],
        "limits": [limit.condition for limit in opened.objectives.limits],
        "budget": attrs.asdict(opened.budget),
        "resumed": opened.resumed,
        "finished": opened.finished,
    }


def _trial(trial: Trial, opened: Opened | None) -> dict[str, Any]:
    told = {"trial": trial.number, "origin": trial.origin, "fidelity": trial.fidelity, "continue_from": trial.continue_from}
    if opened is None or not isinstance(trial.point, Point):
        return told
    return {**told, "candidate": with_schedules(opened.space.lower(), trial.point)}


def _result(result: Result, opened: Opened | None) -> dict[str, Any]:
    told: dict[str, Any] = {"trial": result.trial.number, "status": result.status, "fidelity": result.fidelity}
    told |= {"metrics": _finite(result.metrics), "cost_s": result.cost_s}
    if opened is not None:
        told["values"] = [_number(v) for v in opened.objectives.values(result.metrics)]
    if result.failure is not None:
        told["failure"] = {"kind": result.failure.kind, "message": result.failure.message}
    return told


def _finite(metrics: Mapping[str, float]) -> dict[str, float | None]:
    return {name: _number(value) for name, value in metrics.items()}


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
