"""Backend `function`: a user's function measures what a candidate builds."""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Callable
from typing import Any

import attrs

from backends.errors import BackendError
from backends.handle import Handle, metrics_of
from backends.isolation import Isolation
from backends.signatures import check_function, takes_trial
from symbolic.building.roles import has_call
from symbolic.candidate import Candidate
from symbolic.points import Mixture
from symbolic.search.events import Result, Trial
from symbolic.search.objectives import Objective, objectives_of
from symbolic.search.problem import Facts
from symbolic.search.protocols import Job
from symbolic.space import Space
from symbolic.task import Task

__all__ = ["FunctionBackend", "FunctionEvaluator", "Handle", "metrics_of", "takes_trial"]
VALUE = "value"


def _continues(backend: Any, attribute: Any, value: object) -> None:
    if value is not False and (value is not True or not takes_trial(backend.function)):
        raise BackendError("continues is true or false, and a function that continues takes the trial: f(built, trial)")


@attrs.frozen
class FunctionBackend:
    """Calls `function(built)` or `function(built, trial)`.

    `built` is what `Candidate.build` gives (of a space of values: a dict by path), `trial` a `Handle`. The function returns
    a number, the value of the study's only objective (or the metric `value`), or a mapping of metrics. `metric` names the
    number where the objectives are stated outside the space. `continues`: the function goes on from `trial.start`; where it
    does not, a trial at a higher fidelity begins again, and its metric `restarted` says so. `fidelity`: the path that a
    trial's fidelity is of, needed where the space has several.
    """

    function: Callable[..., object]
    metric: str | None = None
    continues: bool = attrs.field(default=False, validator=_continues)
    fidelity: str | None = None

    @property
    def provides(self) -> frozenset[str]:
        """What it can do: reports need a function that takes the trial."""
        reports = {"report"} if takes_trial(self.function) else set()
        return frozenset({"evaluate", *reports, *({"continue"} if self.continues else ())})

    def describe(self, space: Space, task: Task | None) -> Facts:
        """Say what the static checks read; which metrics a function returns is not known before it runs.

        Raises `BackendError` for a function that cannot be called with what a candidate builds.
        """
        check_function(self.function, space.entries)
        return Facts("function", self.provides)

    def evaluator(self, space: Space, task: Task | None, seed: int) -> FunctionEvaluator:
        """Make the evaluator. Torch is loaded first where the space builds networks, so that their weights are seeded."""
        if any(map(has_call, space.lower().root.fields.values())):
            importlib.import_module("torch")
        paths = tuple(f.path for f in space.lower().fidelities)
        names = number_names(self, space)
        driven = (self.fidelity,) if self.fidelity is not None else paths
        return FunctionEvaluator(self.function, takes_trial(self.function), space, task, driven, names, self.provides)


def number_names(backend: FunctionBackend, space: Space) -> tuple[str, ...]:
    """Return the metric that a returned number is; more than one: a number would not say which."""
    if backend.metric is not None:
        return (backend.metric,)
    return tuple(goal.expression for goal in objectives_of(space, Objective(VALUE, maximize=True)).goals)


@attrs.frozen
class FunctionEvaluator:
    """Runs one trial at a time: build, call, read what comes back."""

    function: Callable[..., object]
    with_trial: bool
    space: Space
    task: Task | None
    fidelities: tuple[str, ...]
    names: tuple[str, ...]
    provides: frozenset[str]
    isolation: Isolation = attrs.field(factory=Isolation)
    lock: threading.Lock | None = None

    def concurrent(self) -> FunctionEvaluator:
        """Return the evaluator for several threads: they build in turn, seeded, and call the function together, unseeded."""
        return attrs.evolve(self, lock=threading.Lock())

    def run(self, trial: Trial, job: Job) -> Result:
        """Return the metrics of the trial's candidate; exceptions of the function pass."""
        if trial.schedule or trial.inherit_from is not None:
            raise BackendError("a function follows no schedule and inherits no weights: use a backend that does")
        if isinstance(trial.point, Mixture):
            raise BackendError("a function measures one candidate, not a mixture of options")
        began = time.perf_counter()
        fidelity = self._fidelity(trial.fidelity)
        candidate = Candidate(self.space, trial.point)
        facts = self.task.facts if self.task else None
        handle = (Handle(trial.number, job.seed, trial.fidelity, candidate, job, self.names),) if self.with_trial else ()
        if self.lock is not None:
            with self.lock, self.isolation.seeded(job.seed):
                built = candidate.build(facts, fidelity=fidelity)
            returned = self.function(built, *handle)
        else:
            with self.isolation.seeded(job.seed):
                returned = self.function(candidate.build(facts, fidelity=fidelity), *handle)
        metrics = dict(metrics_of(returned, self.names))
        if trial.continue_from is not None and ("continue" not in self.provides or job.start is None):
            metrics["restarted"] = 1.0
        return Result(trial, "ok", metrics, trial.fidelity, time.perf_counter() - began)

    def _fidelity(self, value: float | None) -> dict[str, float]:
        """The value by path for building a candidate."""
        if value is None or not self.fidelities:
            return {}
        if len(self.fidelities) > 1:
            shown = ", ".join(self.fidelities)
            raise BackendError(f"the space has several fidelities ({shown}); say which one trials follow: fidelity=...")
        return {self.fidelities[0]: value}
