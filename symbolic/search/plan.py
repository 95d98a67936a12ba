"""Everything a study is made of, decided before anything is opened."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from symbolic import registry
from symbolic.candidate import Candidate
from symbolic.check import check_shapes, check_trust
from symbolic.errors import SpaceError, SymspaceError
from symbolic.points import Point
from symbolic.search import calls
from symbolic.search.check import Unsuited, able, check, signals, unsuited
from symbolic.search.context import context_of
from symbolic.search.desk import LoopOptions
from symbolic.search.durations import seconds
from symbolic.search.events import TRANSIENT
from symbolic.search.fixing import fixed
from symbolic.search.imported import Found, imported
from symbolic.search.objectives import Objective, Objectives, objectives_of
from symbolic.search.problem import Budget, Facts, Problem
from symbolic.search.protocols import Algorithm, Backend, Executor
from symbolic.search.store import Identity, Record
from symbolic.search.targets import space_of, task_of, with_objectives
from symbolic.search.versions import versions
from symbolic.search.wishes import PlanError, Wishes
from symbolic.space import Space
from symbolic.table import default_point
from symbolic.table.table import Fidelity
from symbolic.task import Task

DEFAULT_TRIALS = 50


@attrs.frozen(eq=False)
class Plan:
    """A study before it is opened: `identity` is compared with a stored one; `notes` are lines the user should see.

    `problem` holds what the backend's description says; the opened session may say more.
    """

    space: Space
    task: Task | None
    backend: Backend
    algorithm: Algorithm
    executor: Executor
    problem: Problem
    identity: Identity
    options: LoopOptions
    baseline: Point | None = None
    queue: tuple[Mapping[str, Any], ...] = ()
    imported: Found = Found()
    refit: bool = False
    notes: tuple[str, ...] = ()
    context: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def record(self) -> Record:
        """What a store writes when the study is new."""
        return Record(
            self.identity,
            self.identity.algorithm,
            context=dict(self.context),
            versions=versions(),
            budget=self.problem.budget,
        )


def plan(target: Any, wishes: Wishes) -> Plan:
    """Return the plan of a study. Loads no data and opens nothing.

    Raises `Unsuited` with every reason where the algorithm cannot run here, E603 for an object that is not trusted, and
    `SymspaceError`s for what cannot be read.
    """
    space, task = task_of(space_of(target), wishes.task)
    space = attrs.evolve(with_objectives(space, wishes.objectives, task), trusted=(*space.trusted, *wishes.trust))
    check_trust(space)
    algorithm = _algorithm(wishes)
    backend = _backend(wishes, space, task, algorithm)
    text = calls.to_text("algorithms", algorithm)
    name = text.partition("(")[0]
    relaxed = bool(algorithm.needs.signals & TRANSIENT)
    try:
        space, facts, fixings = _described(space, task, backend, relaxed)
    except SymspaceError as e:
        if relaxed and (others := _others(space, task, wishes)):
            raise Unsuited(unsuited(name, [str(e)], others)) from e
        raise
    problem = _problem(space, facts, wishes, relaxed or bool(getattr(algorithm, "ends", False)))
    check(algorithm, problem, name)
    relaxed = bool(signals(algorithm, problem) & TRANSIENT)
    known = imported(wishes.warm_start, space, problem.objectives, problem.fidelity)
    referred = bool(problem.objectives.references)
    baseline, missing = _baseline(space, wishes.baseline if wishes.baseline is not None else referred or not relaxed)
    if referred and baseline is None:
        raise PlanError(_without_reference(problem.objectives, missing))
    options = LoopOptions(
        transient=relaxed,
        deterministic=wishes.deterministic,
        snapshot_s=wishes.snapshot_s,
        restart_supernet=wishes.restart_supernet,
    )
    return Plan(
        space,
        task,
        backend,
        algorithm,
        _executor(wishes, relaxed),
        problem,
        _identity(space, task, backend, text, wishes, baseline is not None),
        options,
        baseline,
        tuple(_values(space, c) for c in wishes.queue),
        known,
        _refit(wishes, backend, len(problem.objectives.goals) > 1),
        facts.notes + fixings + missing,
        context_of(target, space, task, backend, wishes),
    )


def _described(space: Space, task: Task | None, backend: Backend, relaxed: bool) -> tuple[Space, Facts, tuple[str, ...]]:
    """What the backend says of the space; a relaxed search gets it without what cannot be relaxed, with a line for each."""
    facts = backend.describe(space, task)
    if not relaxed or not facts.unrelaxable:
        return space, facts, ()
    space, lines = fixed(space, facts)
    return space, backend.describe(space, task), lines


def _others(space: Space, task: Task | None, wishes: Wishes) -> list[str]:
    """The algorithms that can search what one network cannot hold, training each candidate; none where that fails too."""
    try:
        facts = registry.get("backends", "train")().describe(space, task)
        check_shapes(space, None if task is None else task.facts)
        return able(_problem(space, facts, wishes, unlimited=False))
    except SymspaceError:
        return []


def _problem(space: Space, facts: Facts, wishes: Wishes, unlimited: bool) -> Problem:
    table = space.lower()
    fidelity, budget = _fidelity(table.fidelities, wishes.fidelity), _budget(wishes, unlimited)
    return Problem(table, objectives_in(space), wishes.seed, fidelity, budget, facts)


def _algorithm(wishes: Wishes) -> Algorithm:
    made: Algorithm = (
        wishes.algorithm if not isinstance(wishes.algorithm, str) else calls.from_text("algorithms", wishes.algorithm)
    )
    if wishes.epochs is None:
        return made
    made_by: Any = type(made)
    if not attrs.has(made_by) or "epochs" not in attrs.fields_dict(made_by):
        raise PlanError(f"{calls.name_of('algorithms', made_by)} trains no shared weights, so it takes no epochs")
    again: Algorithm = attrs.evolve(made, epochs=wishes.epochs)  # type: ignore[misc]
    return again


def _backend(wishes: Wishes, space: Space, task: Task | None, algorithm: Algorithm) -> Backend:
    """The backend asked for, else the usual one; with the metric commands and along the fidelity asked for."""
    made: Any = _chosen_backend(wishes, space, task, algorithm)
    takes = attrs.fields_dict(type(made)) if attrs.has(type(made)) else {}
    if wishes.metrics:
        if "metrics" not in takes:
            raise PlanError(f"{calls.name_of('backends', type(made))} runs no metric commands: they are for the backend train")
        made = attrs.evolve(made, metrics=(*made.metrics, *wishes.metrics))
    if wishes.fidelity is None or "fidelity" not in takes:
        return made  # type: ignore[no-any-return]
    if made.fidelity not in (None, wishes.fidelity):
        raise PlanError(f"fidelity={wishes.fidelity!r}, but the backend follows {made.fidelity!r}: leave one out")
    return attrs.evolve(made, fidelity=wishes.fidelity)  # type: ignore[no-any-return]


def _chosen_backend(wishes: Wishes, space: Space, task: Task | None, algorithm: Algorithm) -> Backend:
    """The backend asked for; else the user's function, the supernet where the algorithm needs one, the trainer."""
    if wishes.backend is not None and wishes.evaluate is not None:
        raise PlanError(
            f"evaluate={wishes.evaluate!r} measures candidates, and so does backend={wishes.backend!r}: leave one out"
        )
    if isinstance(wishes.backend, str):
        named: Backend = calls.from_text("backends", wishes.backend)
        return named
    if wishes.backend is not None:
        return wishes.backend
    if wishes.evaluate is not None:
        function: Backend = registry.get("backends", "function")(wishes.evaluate)
        return function
    if task is None:
        raise PlanError(
            f'nothing to measure candidates of {space.name!r} with: pass evaluate=function, or task="digits" to train networks'
        )
    relaxed = algorithm.needs.signals & TRANSIENT
    made: Backend = registry.get("backends", "supernet" if relaxed else "train")()
    return made


def _executor(wishes: Wishes, relaxed: bool) -> Executor:
    if wishes.executor is not None:
        return wishes.executor
    if wishes.workers and relaxed:
        raise PlanError("shared weights are trained in one process: leave workers at 0 for this algorithm")
    limit_s = None if wishes.trial_timeout is None else seconds(wishes.trial_timeout)
    if not wishes.workers:
        here: Executor = registry.get("executors", "serial")(trial_timeout=limit_s)
        return here
    made: Executor = registry.get("executors", "processes")(workers=wishes.workers, trial_timeout=limit_s)
    return made


def _budget(wishes: Wishes, unlimited: bool) -> Budget:
    """The budget asked for; without one 50 trials, or none for an algorithm that ends by itself (`unlimited`)."""
    limit_s = None if wishes.time is None else seconds(wishes.time)
    if wishes.trials is None and limit_s is None and wishes.cost is None and not unlimited:
        return Budget(trials=DEFAULT_TRIALS)
    return Budget(wishes.trials, limit_s, wishes.cost)


def _refit(wishes: Wishes, backend: Backend, several: bool) -> bool:
    if wishes.refit and several:
        raise PlanError("refit: a study with several objectives has no one winner to train again")
    if wishes.refit and not callable(getattr(backend, "refit", None)):
        name = calls.name_of("backends", type(backend))
        raise PlanError(f"refit: backend {name!r} trains no network, so there is no winner to train on all data again")
    return wishes.refit


def _fidelity(fidelities: Sequence[Fidelity], path: str | None) -> Fidelity | None:
    """The fidelity a scheduler drives: the one named, else the only one."""
    if path is None:
        return fidelities[0] if len(fidelities) == 1 else None
    found = next((f for f in fidelities if f.path == path), None)
    if found is None:
        raise PlanError(f"the space has no fidelity {path!r}; it has {', '.join(f.path for f in fidelities) or 'none'}")
    return found


def _baseline(space: Space, wanted: bool) -> tuple[Point | None, tuple[str, ...]]:
    """The default candidate as trial 0; none, with a note, where the defaults break a constraint."""
    if not wanted:
        return None, ()
    try:
        return default_point(space.lower()), ()
    except SpaceError as e:
        return None, (f"no baseline: the default candidate is not valid ({e.message})",)


def _without_reference(objectives: Objectives, missing: Sequence[str]) -> str:
    name = objectives.references[0][0]
    why = missing[0] if missing else "the study has no baseline"
    return f"{name} is measured on the default candidate, trial 0, and {why}; let it be measured, or write the number"


def _values(space: Space, queued: Candidate | Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of a queued candidate. Raises E601 with the path for one that is not valid."""
    return space.candidate(queued.to_dict() if isinstance(queued, Candidate) else queued).to_dict()


def _identity(space: Space, task: Task | None, backend: Backend, algorithm: str, wishes: Wishes, baseline: bool) -> Identity:
    short = re.sub(r"\(.*", "", algorithm).rpartition("::")[2]
    return Identity(
        wishes.study or f"{space.name}-{short}-s{wishes.seed}",
        space.text(),
        space.hash,
        space.version,
        calls.to_text("backends", backend),
        algorithm,
        None if task is None else calls.to_text("tasks", task),
        wishes.seed,
        {
            "baseline": baseline,
            "reuse": wishes.reuse,
            "deterministic": wishes.deterministic,
            "fidelity": wishes.fidelity,
        },
    )


def objectives_in(space: Space) -> Objectives:
    """Return the objectives of a stored space."""
    return objectives_of(space, Objective("value", maximize=True))
