"""From what the session sends to what the log holds: reports with their verdicts, and final results."""

from __future__ import annotations

import time
from collections.abc import Sequence

import attrs

from symbolic.search import garbage
from symbolic.search.desk import Desk, SearchError
from symbolic.search.events import TRANSIENT, Failure, Result
from symbolic.search.meter import Why
from symbolic.search.notices import Reported, Served, Stepped
from symbolic.search.protocols import Verdict
from symbolic.search.settling import settled, spoiled
from symbolic.search.store import Turn

FIRST_FAILURES = 5
DIVERGED_STEPS = 10
NOTICE_S = 0.1


def decide(desk: Desk, report: Result) -> Verdict:
    """Record a report, tell the search, and return what becomes of the trial.

    A trial that runs again repeats its reports: they are known, and get their stored verdict. A report whose objective is not
    finite stops the trial, whatever the search thinks.
    """
    report = desk.completed(report)
    number = report.trial.number
    known = desk.pending[number]
    late: Verdict = "leave" if desk.leaving() else "go"
    assert report.fidelity is not None
    if report.fidelity <= known.told:
        return "stop" if known.stop and report.fidelity == known.told else late
    if spoiled(report, desk.problem.objectives):
        desk.pending[number] = attrs.evolve(known, spoiled=True)
        return "stop"
    stop = False
    with desk.log.turn() as turn:
        notices = desk.catch_up(turn)
        mine = turn.mine(number)
        if mine:
            desk.search.tell([report])
            stop = desk.search.stop(report)
            turn.report(report, stop)
            desk.seq = turn.seq
    desk.audience.hear_all(notices)
    if not mine:
        return "leave"
    verdict: Verdict = "stop" if stop else late
    desk.pending[number] = attrs.evolve(known, told=report.fidelity, stop=stop)
    desk.audience.hear(Reported(report, verdict))
    return verdict


def end(desk: Desk, ready: Sequence[Result], *, leaving: bool = False) -> Why | None:
    """Settle, tell and record final results; return why the sitting ends, if they end it.

    Cancelled trials are dropped here: they stay pending in the log. In deterministic order a result is told where the next
    trial is asked for, so a sitting that is `leaving` stores results and leaves the telling to the next one.
    """
    results = []
    for r in ready:
        if r.status == "cancelled":
            desk.pending.pop(r.trial.number, None)
        else:
            results.append(settled(desk.completed(_spoilt(desk, r)), desk.problem.objectives))
    if results and results[0].trial.purpose in TRANSIENT:
        return end_transient(desk, results)
    if desk.options.deterministic:
        arrive(desk, results)
        if leaving:
            return None
        first = desk.pending[min(desk.pending)].arrived if desk.pending else None
        results = [] if first is None else [first]
    return end_durable(desk, results) if results else None


def _spoilt(desk: Desk, result: Result) -> Result:
    """Return the result of a trial whose report was not finite as a failed one."""
    known = desk.pending.get(result.trial.number)
    if known is None or not known.spoiled or result.status == "failed":
        return result
    return attrs.evolve(result, status="failed", failure=Failure("nan", f"not finite: {dict(result.metrics)}"))


def end_transient(desk: Desk, results: Sequence[Result]) -> Why | None:
    """Tell results of transient trials. Raises `SearchError` for one that failed, unless its loss was not finite."""
    desk.search.tell(results)
    for r in results:
        del desk.pending[r.trial.number]
        if r.failure is not None and r.failure.kind != "nan":
            raise SearchError(f"a {r.trial.purpose} of the supernet failed: {r.failure.message}\n{r.failure.trace}")
        if r.trial.purpose == "step":
            desk.diverged = desk.diverged + 1 if r.status == "failed" else 0
    if desk.diverged >= DIVERGED_STEPS:
        desk.dirty = False  # the snapshot before stands
        return "diverged"
    desk.transient, desk.dirty = desk.transient + len(results), True
    now, last = time.monotonic(), results[-1]
    if now - desk.noticed >= NOTICE_S:
        desk.noticed = now
        desk.audience.hear(Stepped(desk.transient, last.trial.progress, last.metrics))
    return None


def arrive(desk: Desk, results: Sequence[Result]) -> None:
    """Store results that wait for their turn in number order."""
    if not results:
        return
    with desk.log.turn() as turn:
        for r in results:
            number = r.trial.number
            if turn.arrive(r, desk.worker(r)):
                desk.pending[number] = attrs.evolve(desk.pending[number], arrived=r)
            else:
                del desk.pending[number]


def end_durable(desk: Desk, results: Sequence[Result]) -> Why | None:
    """Write final results and tell them; those of trials that another process took over are dropped."""
    with desk.log.turn() as turn:
        notices = desk.catch_up(turn)
        told = [r for r in results if _write(desk, turn, r)]
        desk.search.tell(told)
        turn.spend(desk.meter.elapsed(), sum(r.cost_s for r in told))
        desk.seq = turn.seq
    for r in results:
        del desk.pending[r.trial.number]
    for r in told:
        finished = desk.tally.add(r)
        source = desk.sources.pop(r.trial.number, None)
        notices.append(finished if source is None else Served(r, source))
        if r.failure is not None:
            desk.failures.append(r.failure)
    desk.audience.hear_all(notices)
    _collect_garbage(desk)
    hopeless = desk.tally.failed == desk.tally.finished and len(desk.failures) >= FIRST_FAILURES
    return "failing" if hopeless else None


def _write(desk: Desk, turn: Turn, result: Result) -> bool:
    if not desk.options.deterministic:
        return turn.finish(result, desk.worker(result))
    turn.tell_arrived(result.trial.number)
    return True


def _collect_garbage(desk: Desk) -> None:
    """Delete checkpoints that neither the search, a pending trial nor the best result needs."""
    if not desk.keeps or not garbage.present(desk.log.folder) or (kept := desk.search.keep()) is None:
        return
    with desk.log.turn() as turn:
        wanted = kept | turn.sources() | desk.tally.leader.numbers
    garbage.collect(desk.log.folder, wanted)
