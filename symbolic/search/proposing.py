"""From free places to running trials: ask the search, write the proposals down, start them."""

from __future__ import annotations

import traceback
from collections.abc import Sequence

import attrs

from symbolic.errors import SymspaceError
from symbolic.points import Point
from symbolic.search import snapshots
from symbolic.search.desk import Desk, SearchError
from symbolic.search.events import TRANSIENT, Trial
from symbolic.search.memos import check_memo
from symbolic.search.store import Pending


def propose(desk: Desk) -> None:
    """Ask for trials for the free places, record the durable ones, and start them.

    A slow `ask` must not hold the store's lock: it is pure, so it is asked outside, and again where others wrote meanwhile;
    the third time under the lock.
    """
    for insist in (False, False, True):
        trials = asked(desk)
        if not trials:
            return
        if trials[0].purpose in TRANSIENT:
            desk.search.tell(trials)
            launch(desk, trials)
            return
        if desk.dirty:
            snapshots.save(desk)
        if record(desk, trials, insist):
            return


def asked(desk: Desk) -> list[Trial]:
    """Return what the queue or the search proposes for the free places: all transient, or all durable within the budget.

    Transient trials go in bursts, and only while nothing is pending. Raises `SearchError` where the numbers used are not a
    prefix of those offered.
    """
    free = desk.session.capacity - len(desk.pending)
    left = desk.meter.room(desk.tally.proposed)
    durable = free if left is None else min(free, left)
    room = durable
    if desk.options.transient:
        room = free if desk.pending else desk.session.burst
    if room <= 0:
        return []
    numbers = range(desk.number, desk.number + room)
    trials = desk.queue.trials(numbers, desk.tally) or proposals(desk, numbers)
    if [t.number for t in trials] != list(numbers[: len(trials)]):
        raise SearchError(f"the algorithm used the numbers {[t.number for t in trials]} of {list(numbers)}: not a prefix")
    if desk.waits():
        return [t for t in trials[:1] if t.origin == "baseline"]
    if trials and trials[0].purpose in TRANSIENT:
        return [] if desk.pending else trials
    return [following(t) for t in trials[: max(0, durable)]]


def proposals(desk: Desk, numbers: Sequence[int]) -> list[Trial]:
    """Return what the search proposes. Raises `SearchError` with the trace where it fails, `MemoError` for its notes."""
    try:
        trials = list(desk.search.ask(numbers))
    except SymspaceError:
        raise
    except Exception as e:
        raise SearchError(f"the algorithm could not propose trial {numbers[0]}:\n{traceback.format_exc()}") from e
    for trial in trials:
        check_memo(trial)
    return trials


def following(trial: Trial) -> Trial:
    """Return a trial that follows the schedules of its candidate, where it says nothing else."""
    schedules = trial.point.schedules if isinstance(trial.point, Point) else {}
    return attrs.evolve(trial, schedule=schedules) if schedules and not trial.schedule else trial


def record(desk: Desk, trials: Sequence[Trial], insist: bool) -> bool:
    """Write proposals before they run, and start them.

    False, and nothing done, where other processes wrote first: the search has to be asked again; `insist`: do so here.
    """
    with desk.log.turn() as turn:
        notices = desk.catch_up(turn)
        if notices:
            trials = asked(desk) if insist else []
        if trials:
            desk.search.tell(trials)
            turn.propose(trials, desk.meter.elapsed())
            desk.seq = turn.seq
            notices += desk.tally.add_all(trials)
    desk.audience.hear_all(notices)
    launch(desk, trials)
    return bool(trials) or insist


def launch(desk: Desk, trials: Sequence[Trial]) -> None:
    """Answer trials from the log where it knows the result of an equal one, and hand the others to the session."""
    unknown = []
    for trial in trials:
        desk.number = trial.number + 1
        desk.pending[trial.number] = Pending(trial)
        known = desk.tally.answer(trial)
        if known is None:
            unknown.append(trial)
        else:
            desk.sources[trial.number] = known.trial.number
            desk.served.append(attrs.evolve(known, trial=trial, cost_s=0.0))
    desk.submit(unknown)
