"""`search`, `resume_study` and `load_study`: what a user calls to get a `Study`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from symbolic.candidate import Candidate
from symbolic.importing import refuse_while_importing
from symbolic.search.audience import Audience
from symbolic.search.changing import NOTHING, Change
from symbolic.search.finished import Study, StudyError, StudyTrial
from symbolic.search.imported import Known
from symbolic.search.interrupts import Stop
from symbolic.search.listen import default_listener
from symbolic.search.memory import MemoryLog
from symbolic.search.notices import Listener
from symbolic.search.plan import Plan, objectives_in, plan
from symbolic.search.protocols import Algorithm, Backend, Executor
from symbolic.search.queued import QUEUE
from symbolic.search.resuming import edited_target, stored_space, stored_wishes
from symbolic.search.sitting import sit
from symbolic.search.store import Record, store_at
from symbolic.search.targets import Goals
from symbolic.search.vouching import split_trust
from symbolic.search.wishes import DEFAULT_ALGORITHM, Wishes, flag, hearers, packages, store_path
from symbolic.space import Space
from symbolic.task import Task

__all__ = ["Study", "StudyError", "StudyTrial", "load_study", "resume_study", "search"]


def search(
    target: Any,
    *,
    evaluate: Callable[..., object] | None = None,
    task: str | Task | None = None,
    algorithm: str | Algorithm = DEFAULT_ALGORITHM,
    backend: str | Backend | None = None,
    trials: int | None = None,
    time: float | str | None = None,
    workers: int = 0,
    seed: int = 0,
    store: str | Path | None = None,
    study: str | None = None,
    objectives: Goals | None = None,
    cost: float | None = None,
    epochs: int | None = None,
    baseline: bool | None = None,
    reuse: bool = True,
    deterministic: bool = False,
    fidelity: str | None = None,
    metrics: str | Sequence[str] | Mapping[str, str] = (),
    executor: Executor | None = None,
    trial_timeout: float | str | None = None,
    trust: Sequence[str] = (),
    queue: Sequence[Candidate | Mapping[str, Any]] = (),
    warm_start: Sequence[Study | str | Known] = (),
    refit: bool = False,
    context: Mapping[str, Any] | None = None,
    restart_supernet: bool = False,
    migrate: bool = False,
    switch: bool = False,
    snapshot_s: float = 30.0,
    listeners: Sequence[Listener] | None = None,
    stop: Stop | None = None,
) -> Study:
    """Search a space and return the study.

    `target`: a `Space`, a class, a dict, or `"file.space"`, `"file.py:Name"`, `"module:name"`. `evaluate`: a function of the
    built object (and of the trial, if it takes two) that returns a number, maximised unless the objectives say otherwise, or
    a mapping of metrics; without it candidates are trained on `task` (default: the space's). `algorithm` and `backend`: an
    instance or a call as text, `"regularized_evolution(population: 20)"`.

    The budget: `trials` (50 if nothing else is given), `time` in seconds or as `"2m"`, `cost` in seconds of evaluation, over
    all sittings together. For a one-shot algorithm `time` sets the epochs of the supernet unless `epochs` does, and `trials`
    is how many derived candidates are retrained. `store`: a file; searching it again under the same `study` name continues,
    exactly. `workers`: processes, 0 is this one. Trial 0 is the default candidate unless `baseline` is False. `reuse`: answer
    duplicates from the log. `deterministic`: proposals do not depend on timing with several workers. `trial_timeout`: a
    trial that takes longer is ended and fails (needs workers: in this process a trial that hangs cannot be ended, by `time`
    neither). `trust`: packages that the space may call into, beside layers of torch and torchvision and your own project; a
    resumed study trusts them too. `queue`: candidates (or their values by path) that are evaluated first, each once.
    `warm_start`: results of older studies to learn from, as studies, `"store.db/study"` or pairs (candidate, value); they are
    moved by path, never best and not in the budget. `metrics`: programs that measure the exported network,
    `"latency_ms=COMMAND {onnx}"`, one or several, or a dict of commands. `refit`: the winner is trained on training and
    validation data before it is measured on test data. `context`: facts that nobody searches, stored with the study beside
    those of task and machine; algorithms may read them. `migrate`: the space was edited since the study was started, and it
    goes on wherever every stored candidate still has a meaning.

    The first Ctrl-C ends the search cleanly (`why` is `interrupted`), a second one at once. Raises `Unsuited` before trial 1
    with every reason why the algorithm cannot run here, `SearchError` when the first five trials fail, `StoreError` when the
    store holds another study of that name, and other `SymspaceError`s.
    """
    refuse_while_importing("a search")
    wishes = Wishes(
        evaluate=evaluate,
        task=task,
        algorithm=algorithm,
        backend=backend,
        objectives=objectives,
        trials=trials,
        time=time,
        cost=cost,
        epochs=epochs,
        workers=workers,
        executor=executor,
        trial_timeout=trial_timeout,
        trust=trust,
        queue=queue,
        warm_start=warm_start,
        refit=refit,
        context=context or {},
        seed=seed,
        study=study,
        baseline=baseline,
        reuse=reuse,
        deterministic=deterministic,
        fidelity=fidelity,
        metrics=metrics,
        snapshot_s=snapshot_s,
        restart_supernet=restart_supernet,
    )
    store_path(store)
    hearers(listeners, stop)
    flag(migrate, "migrate")
    flag(switch, "switch")
    return _run(plan(target, wishes), store, listeners, stop, Change(space=migrate, algorithm=switch))


def resume_study(
    store: str | Path,
    name: str,
    *,
    algorithm: str | Algorithm | None = None,
    trials: int | None = None,
    time: float | str | None = None,
    cost: float | None = None,
    workers: int = 0,
    trial_timeout: float | str | None = None,
    trust: Sequence[str] = (),
    queue: Sequence[Candidate | Mapping[str, Any]] = (),
    refit: bool = False,
    restart_supernet: bool = False,
    migrate: bool = False,
    listeners: Sequence[Listener] | None = None,
    stop: Stop | None = None,
) -> Study:
    """Continue a stored study with what it was started with; a budget given here replaces the stored one.

    `algorithm`: another one goes on with the same log, learning from all its trials. `queue`: candidates that are evaluated
    next, each once. `migrate`: the file or class that the
    study searches was edited since; it is read again, and the study goes on where every stored candidate still has a meaning.

    `trust`: packages and folders (`"./lib"`) whose code may run, beside the user's project in the working folder. What the
    store trusts is not believed.

    Raises `StoreError` where there is no such study, or where its function cannot be imported, `StoreNotTrusted` where it
    names code that is not trusted here.
    """
    refuse_while_importing("a search")
    hearers(listeners, stop)
    flag(migrate, "migrate")
    view = store_at(store).view(name)
    try:
        record = view.record
    finally:
        view.disconnect()
    wishes = stored_wishes(record, trials=trials, time=time, cost=cost, trust=trust)
    wishes = attrs.evolve(
        wishes,
        algorithm=wishes.algorithm if algorithm is None else algorithm,
        workers=workers,
        trial_timeout=trial_timeout,
        queue=queue,
        refit=refit,
        restart_supernet=restart_supernet,
        trust=(*wishes.trust, *packages(split_trust(trust)[0])),
    )
    if migrate:
        target, wishes = edited_target(record, wishes, trust)
        again = plan(target, wishes)
        return _run(again, store, listeners, stop, Change(space=True, algorithm=algorithm is not None))
    again = attrs.evolve(plan(stored_space(record, trust=trust), wishes), context=record.context)
    return _run(again, store, listeners, stop, Change(algorithm=algorithm is not None))


def load_study(store: str | Path, name: str) -> Study:
    """Return a stored study, read-only. Raises `StoreError` where the store or the study does not exist."""
    at = store_at(store)
    view = at.view(name)
    try:
        record = view.record
    finally:
        view.disconnect()
    space = stored_space(record, objects=False)
    return study_of(store, space, record)


def _run(
    made: Plan,
    store: str | Path | None,
    listeners: Sequence[Listener] | None,
    stop: Stop | None,
    change: Change = NOTHING,
) -> Study:
    audience = Audience([default_listener()] if listeners is None else list(listeners))
    try:
        return _searched(made, store, audience, stop or Stop(), change)
    finally:
        audience.close()


def _searched(made: Plan, store: str | Path | None, audience: Audience, stop: Stop, change: Change) -> Study:
    if store is not None:
        log = store_at(store).open(made.identity, made.problem.table, made.record, change)
        try:
            why = sit(made, log, audience, stop)
            record = log.record
        finally:
            log.disconnect()
        return attrs.evolve(study_of(store, made.space, record), why=why)
    with tempfile.TemporaryDirectory(prefix="symspace-") as folder:
        memory = MemoryLog(made.record, Path(folder))
        why = sit(made, memory, audience, stop)
    memory.folder = None
    return Study(made.space, made.problem.objectives, memory.record, why, lambda: memory)


def study_of(store: str | Path, space: Space, record: Record) -> Study:
    """A study whose trials are read from the store when asked for."""
    name = record.identity.name

    def queue(values: Sequence[Mapping[str, Any]]) -> None:
        log = store_at(store).open(record.identity, space.lower(), record)
        try:
            log.put_document(QUEUE, [*(log.document(QUEUE) or []), *(dict(v) for v in values)])
        finally:
            log.disconnect()

    return Study(space, objectives_in(space), record, record.why, lambda: store_at(store).view(name), queue)
