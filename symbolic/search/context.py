"""What a study notes beside its identity: its code, what was given beside the target, and facts that nobody searches."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from typing import Any

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own

from symbolic.search.events import Plain
from symbolic.search.plain import encode
from symbolic.search.protocols import Backend
from symbolic.search.sources import folder_of, source_of
from symbolic.search.targets import statements
from symbolic.search.wishes import PlanError, Wishes
from symbolic.space import Space
from symbolic.task import Task, TaskFacts


def context_of(target: Any, space: Space, task: Task | None, backend: Backend, wishes: Wishes) -> Mapping[str, Plain]:
    """Return what is stored with a study: where its code lies, what was given beside the target, its facts.

    Raises `PlanError` for facts of the user's that are no plain data.
    """
    given = {
        "task": wishes.task if isinstance(wishes.task, str) else None,
        "objectives": None if wishes.objectives is None else statements(wishes.objectives),
    }
    found = dict(source_of(target, getattr(backend, "function", None), space))
    source = getattr(task, "source", None)  # of a task made in a program: the function that makes it again
    found["folders"] += [] if not isinstance(source, str) else folder_of(source.partition("::")[0])
    by_object = wishes.task is not None and not isinstance(wishes.task, str)
    found = {**found, "trust": list(wishes.trust), "given": given, "task_object": by_object}
    return {**found, "facts": facts_of(task, backend, wishes.context)}


def facts_of(task: Task | None, backend: Backend, own: Mapping[str, Any]) -> Mapping[str, Plain]:
    """Return what a study knows and nobody searches: of its `task`, of the `machine`, and the user's `own` facts.

    Predictors and warm starts across studies read these beside the candidates (`Problem.context`).
    """
    found: dict[str, Plain] = {"machine": _machine(backend)}
    if task is not None:
        found["task"] = _task(task.facts)
    if own:
        try:
            encode(dict(own))
        except TypeError as e:
            raise PlanError(f"context: {e}") from e
        found["own"] = dict(own)
    return found


def _task(facts: TaskFacts) -> dict[str, Plain]:
    """What describes a task: its name, the shape of its input, its numbers, the metrics it reports."""
    shape = {"kind": facts.input.kind, "axes": [int(n) for n in facts.input.axes]}
    return {"name": facts.name, "input": shape, "values": dict(facts.values), "metrics": list(facts.metrics)}


def _machine(backend: Backend) -> dict[str, Plain]:
    device = getattr(backend, "device", None)
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count() or 1,
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        **({} if device is None else {"device": str(device)}),
    }
