"""One sitting of a study: open the session, check, run the loop, measure the winner once, close."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs

from symbolic.search import calls, imported, snapshots
from symbolic.search.audience import Audience
from symbolic.search.check import check, signals
from symbolic.search.complete import scaled, started
from symbolic.search.desk import Desk, SearchError
from symbolic.search.events import Failure, Result, Trial
from symbolic.search.interrupts import Stop, interruptible
from symbolic.search.leader import Leader
from symbolic.search.loop import run
from symbolic.search.meter import Meter, Why
from symbolic.search.notices import Ended, Measured, Note, Opened, Waiting
from symbolic.search.plan import Plan
from symbolic.search.problem import Problem
from symbolic.search.protocols import Algorithm, Session
from symbolic.search.queued import QUEUE, Queue
from symbolic.search.sources import changed_files
from symbolic.search.store import Log, StoreBusy, StoreError
from symbolic.search.tally import Tally
from symbolic.search.versions import changed
from symbolic.search.wishes import PlanError

REPORT = "report"
KEEPING = frozenset({"report", "continue", "inherit"})
"""Signals of backends that write checkpoints."""
STOPPING = "stopping as soon as running trials report or end; a second Ctrl-C stops at once"


@attrs.frozen(eq=False)
class Sitting:
    """What a sitting is made of before the session is open."""

    plan: Plan
    log: Log
    audience: Audience
    stop: Stop
    queue: Queue


def sit(plan: Plan, log: Log, audience: Audience, stop: Stop) -> Why:
    """Run a study until its budget is spent, it is done, or a stop is asked for; return which.

    Raises `SearchError` where the first trials all fail or the supernet diverges, and what the backend, the executor and the
    store raise.
    """
    _alone(plan, log)
    started_from = imported.write(log, plan.imported)
    sitting = Sitting(plan, log, audience, stop, queue_of(plan, log))
    audience.hear_all(Note(line) for line in (*log.remarks, *started_from, *_other_facts(plan, log)))
    if (why := nothing_left(sitting)) is not None:
        audience.hear(Note(_nothing(plan, why, log.counts().proposed)))
        _report(plan, log, audience, _leader(plan, log).results)  # missing where a process was killed before it was stored
        return why
    log.set_budget(plan.problem.budget)
    told = (*changed_files(log.record.context), *plan.notes, *changed(log.record.versions))
    audience.hear_all(Note(line) for line in told)
    folder = _folder(plan, log, audience)
    session = plan.executor.open(plan.backend, plan.space, plan.task, plan.identity.seed, folder)
    try:
        return _search(sitting, session)
    finally:
        session.close()


def _other_facts(plan: Plan, log: Log) -> tuple[str, ...]:
    """The line that says so where other facts are given than those that the study was started with, which it keeps."""
    given, kept = (c.get("facts", {}).get("own") for c in (plan.context, log.record.context))
    return () if given is None or given == kept else (f"the study keeps the facts it was started with: {kept or 'none'}",)


def _folder(plan: Plan, log: Log, audience: Audience) -> Path | None:
    """Return where checkpoints and snapshots go; None where there are none. Raises `StoreError` where a study needs one."""
    if log.folder is not None or log.location is None:
        return log.folder if plan.backend.provides & KEEPING else None
    name = f"name a folder that all machines see: --folder /shared/folder, or {log.location}?folder=/shared/folder"
    needed = signals(plan.algorithm, plan.problem) & {"continue", "inherit"}
    if plan.options.transient or needed:
        why = "keeps shared weights" if plan.options.transient else "goes on from checkpoints"
        raise StoreError(f"this search {why}, and the store {log.location} has no place for files; {name}")
    if "continue" in plan.backend.provides:
        audience.hear(Note(f"no checkpoints and no trained weights are kept; to keep them, {name}"))
    return None


def _alone(plan: Plan, log: Log) -> None:
    """Raise `StoreBusy` where the study can have one process only and another is at it."""
    if plan.options.transient or plan.options.deterministic:
        others = log.companions()
        if others:
            why = "shared weights live in one process" if plan.options.transient else "deterministic order needs one process"
            raise StoreBusy(f"study {plan.identity.name!r} is being searched by {', '.join(others)}, and {why}")


def queue_of(plan: Plan, log: Log) -> Queue:
    """Return the default candidate and those that a user queued and that wait.

    Raises E601 with the path for one that is not valid.
    """
    before = log.counts().queued
    values: list[Mapping[str, Any]] = log.document(QUEUE) or []
    added = [v for v in plan.queue if v not in values]
    if added:
        values = [*values, *added]
        log.put_document(QUEUE, values)
    points = tuple(plan.space.candidate(v).point for v in values[before:])
    led = next((p for p in points if p.schedules), None)
    if led is not None and "schedule" not in plan.backend.provides:
        path = next(iter(led.schedules))
        raise PlanError(f"backend {plan.problem.facts.name!r} follows no schedules: queue {path!r} with one value")
    return Queue(plan.baseline, points, before)


def nothing_left(sitting: Sitting) -> Why | None:
    """Return why there is nothing to do, read off the log before a session is opened; None where there is something."""
    record, budget, counts = sitting.log.record, sitting.plan.problem.budget, sitting.log.counts()
    if counts.unfinished or not counts.proposed:
        return None
    if budget.trials is not None and counts.proposed >= budget.trials:
        return "trials"
    if record.state == "done" and counts.queued >= sitting.queue.queued:
        return "done"
    if budget.seconds is not None and record.elapsed_s >= budget.seconds:
        return "seconds"
    return "cost" if budget.cost_s is not None and record.cost_s >= budget.cost_s else None


def _nothing(plan: Plan, why: Why, proposed: int) -> str:
    budget = plan.problem.budget
    spent = {"trials": f"{proposed} trials were run", "seconds": f"{budget.seconds} seconds are spent"}
    reason = spent.get(why, "the search is over" if why == "done" else f"a cost of {budget.cost_s} seconds is spent")
    more = "" if why == "done" else "; search again with more"
    return f"nothing is left to do in study {plan.identity.name!r}: {reason}{more}"


def _search(sitting: Sitting, session: Session) -> Why:
    plan, log, audience = sitting.plan, sitting.log, sitting.audience
    desk = desk_of(sitting, session)
    problem, counts, text = desk.problem, log.counts(), log.record.algorithm
    resumed = counts.proposed > 0 or log.snapshot() is not None
    audience.hear(
        Opened(
            study=plan.identity.name,
            space=plan.space,
            objectives=problem.objectives,
            algorithm=text,
            backend=plan.identity.backend,
            facts=problem.facts,
            budget=problem.budget,
            resumed=resumed,
            finished=counts.finished,
        )
    )
    if (how := joining(plan, log, session)) is not None:
        audience.hear(Note(how))
    try:
        with interruptible(sitting.stop, lambda: audience.hear(Waiting(STOPPING))):
            why = run(desk)
        if desk.dirty and not desk.pending:
            snapshots.save(desk)
    except BaseException:
        with suppress(Exception):
            close(desk, "error")
        raise
    close(desk, why)
    if why not in ("interrupted", "failing", "diverged") and not log.companions():  # the last one to end measures the best
        _report(plan, log, audience, desk.tally.leader.results)
    audience.hear(Ended(why, desk.tally.finished, desk.meter.elapsed()))
    _raise_for(why, desk.failures)
    return why


def joining(plan: Plan, log: Log, session: Session) -> str | None:
    """Return how other processes join the study, where somebody may want to know: with several workers, or on a server."""
    if log.location is None or plan.options.transient or plan.options.deterministic:
        return None
    if session.capacity == 1 and "://" not in log.location:
        return None
    where = "other processes and machines" if "://" in log.location else "other processes of this machine"
    return f"{where} join with: symspace worker {shlex.quote(log.location)} {plan.identity.name}"


def _settled(plan: Plan, problem: Problem, log: Log) -> Algorithm:
    """Check again with what the session says, scale the settings to the budget once, and return the algorithm that runs."""
    own = calls.to_text("algorithms", plan.algorithm)
    check(plan.algorithm, problem, own.partition("(")[0])
    algorithm = plan.algorithm
    if not log.record.scaled:
        algorithm = scaled(plan.algorithm, problem)
    text = calls.to_text("algorithms", algorithm)
    with log.turn() as turn:
        standing = turn.settle(text)
    if standing == text:
        return algorithm
    made: Algorithm = calls.from_text("algorithms", standing)
    return made


def desk_of(sitting: Sitting, session: Session) -> Desk:
    """Return the state of a sitting at its start. Raises `Unsuited` where the algorithm cannot run on what the session says."""
    plan, log, history = sitting.plan, sitting.log, sitting.log.outdated()
    problem = attrs.evolve(plan.problem, facts=session.facts, context=log.record.context.get("facts", {}))
    algorithm = _settled(plan, problem, log)
    needed = signals(algorithm, problem)
    reuse = bool(plan.identity.options["reuse"]) and not needed & {"continue", "schedule"}
    return Desk(
        problem,
        started(algorithm, problem),
        session,
        log,
        Tally(_empty(problem), reuse, track="continue" in needed, proposed=history.proposed, queued=history.queued),
        Meter(problem.budget, session.clock, log.record.elapsed_s),
        sitting.queue,
        sitting.audience,
        sitting.stop,
        plan.options,
        keeps=bool(plan.backend.provides & KEEPING),
    )


def _empty(problem: Problem) -> Leader:
    return Leader(problem.objectives, problem.fidelity.high if problem.fidelity is not None else 0.0)


def _leader(plan: Plan, log: Log) -> Leader:
    """The best results of a study of which no search runs, from its log."""
    leader = _empty(plan.problem)
    with log.turn() as turn:
        for event in turn.news(0):
            if isinstance(event, Result) and event.final:
                leader.add(event)
    return leader


def close(desk: Desk, why: Why) -> None:
    """Write how a sitting ended, and give back what is pending."""
    with desk.log.turn() as turn:
        turn.spend(desk.meter.elapsed(), 0.0)
        turn.close("done" if why == "done" else "open", why)


def _raise_for(why: Why, failures: list[Failure]) -> None:
    if why == "failing":
        first = failures[0]
        raise SearchError(
            f"the first {len(failures)} trials all failed; the first one:\n{first.message}\n{first.trace}".rstrip()
        )
    if why == "diverged":
        raise SearchError(
            "the supernet's loss was not finite ten steps in a row; the last snapshot stands. Lower its learning rate"
        )


def _report(plan: Plan, log: Log, audience: Audience, leaders: Sequence[Result]) -> None:
    """Evaluate the best trial on test data, once: the study's report. With several objectives there is no best one."""
    if plan.task is None or len(plan.problem.objectives.goals) > 1 or not leaders:
        return
    trial = leaders[0].trial
    known: Mapping[str, Any] = log.document(REPORT) or {}
    if known.get("trial") == trial.number and (known.get("refit", False) or not plan.refit):
        return
    try:
        measured = _tested(plan, log, trial)
    except Exception as e:
        audience.hear(Note(f"trial {trial.number} could not be measured on test data: {type(e).__name__}: {e}"))
        return
    if measured is None:
        return
    metrics = {k: float(v) for k, v in measured.items()}
    log.put_document(REPORT, {"trial": trial.number, "metrics": metrics, **({"refit": True} if plan.refit else {})})
    audience.hear(Measured(trial, metrics))


def _tested(plan: Plan, log: Log, trial: Trial) -> Mapping[str, float] | None:
    """The metrics of a trial on test data, by its own weights or (`refit`) trained on all other data; None without such."""
    backend: Any = plan.backend
    if plan.refit:
        return backend.refit(plan.space, plan.task, trial, plan.identity.seed)  # type: ignore[no-any-return]
    if getattr(backend, "test", None) is None:
        return None
    checkpoint = None if log.folder is None else log.folder / "checkpoints" / str(trial.number)
    if checkpoint is not None and not checkpoint.is_dir():
        checkpoint = None
    return backend.test(plan.space, plan.task, trial, checkpoint, plan.identity.seed)  # type: ignore[no-any-return]
