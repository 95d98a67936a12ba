"""The one search loop: ask, record, run, record, tell; sampled or relaxed, one worker or many, one sitting or ten.

A search is a fold over the log, so opening a study again replays it, and what is proposed does not depend on where a sitting
ended. Durable trials are recorded before they run. Transient ones (weight steps, scores, gradients) take numbers but no rows:
the weights they change, and what the search learned from them, live in snapshots.
"""

from __future__ import annotations

import time
import traceback

from symbolic.errors import SymspaceError
from symbolic.search import snapshots
from symbolic.search.desk import Desk, SearchError
from symbolic.search.ending import decide, end
from symbolic.search.events import Result
from symbolic.search.meter import Why
from symbolic.search.notices import Notice, Restored, Waiting
from symbolic.search.proposing import propose

POLL_S = 0.5
GRACE_S = 10.0
ADOPT_S = 5.0
"""How often a process with free places looks for trials whose process is gone."""


def run(desk: Desk) -> Why:
    """Search until the budget is spent, the search is done, or a stop is asked for; return which.

    Raises `SearchError` for an error outside any candidate (an algorithm's, or in a transient trial), and what the store and
    the session raise.
    """
    adopted = restore(desk)
    if desk.leaving():
        return desk.spent() or "done"
    desk.submit_adopted(adopted)
    why: Why | None = None
    while True:
        why = "interrupted" if desk.stop.requested else why or desk.spent()
        if why in ("seconds", "interrupted"):
            drain(desk)
            return why
        if why in ("failing", "diverged"):
            return why
        if why is None:
            adopt_if_due(desk)
            propose(desk)
        if desk.pending:
            why = end(desk, collect(desk)) or why
            snapshot_if_due(desk)
        elif not wait_for_others(desk):
            return why or "done"


def restore(desk: Desk) -> list[Notice]:
    """Load the newest snapshot, replay the log after it, and take over what was pending; return what was."""
    snapshot = None if desk.options.restart_supernet else desk.log.snapshot()
    if snapshot is not None:
        snapshots.load(desk.log, desk.session, snapshot)
        desk.search.load_state_dict(snapshot.state["search"])
        desk.transient, desk.number = snapshot.state["transient"], snapshot.next
    with desk.log.turn() as turn:
        events = turn.news(0)
        desk.tally.add_all(events)
        desk.search.tell(events[snapshot.seq if snapshot is not None else 0 :])
        desk.seq, desk.number = turn.seq, max(turn.next, desk.number)
        notices = desk.adopt(turn)
    if events:
        baseline = next((e for e in events if isinstance(e, Result) and e.final and e.trial.origin == "baseline"), None)
        desk.audience.hear(Restored(tuple(desk.tally.leader.results), baseline))
    desk.audience.hear_all(notices)
    return notices


def adopt_if_due(desk: Desk) -> None:
    """Now and then, give free places to trials whose process is gone, before new ones are asked for."""
    free = desk.session.capacity - len(desk.pending)
    if free <= 0 or time.monotonic() - desk.looked < ADOPT_S:
        return
    with desk.log.turn() as turn:
        notices = desk.catch_up(turn)
        adopted = desk.adopt(turn, free)
    desk.audience.hear_all(notices + adopted)
    desk.submit_adopted(adopted)


def collect(desk: Desk, *, leaving: bool = False) -> list[Result]:
    """Return results: those that need no session, else what the session has within half a second.

    In deterministic order nothing is collected while a result waits to be told, unless the sitting is `leaving`.
    """
    if desk.served:
        ready, desk.served = desk.served, []
        return ready
    if desk.options.deterministic and not leaving and desk.pending[min(desk.pending)].arrived is not None:
        return []
    left = desk.meter.left_s() or POLL_S
    try:
        return desk.session.collect(lambda report: decide(desk, report), min(left, POLL_S))
    except SymspaceError:
        raise
    except Exception as e:
        raise SearchError(f"the search met an error outside any candidate:\n{traceback.format_exc()}") from e


def drain(desk: Desk) -> None:
    """Let running trials leave at their next report; after a grace they are cut. What has not ended stays pending."""
    deadline = time.monotonic() + GRACE_S
    while any(p.arrived is None for p in desk.pending.values()) and time.monotonic() < deadline:
        end(desk, collect(desk, leaving=True), leaving=True)
    for number, p in desk.pending.items():
        if p.arrived is None:
            desk.session.cancel(number)
    desk.pending.clear()


def wait_for_others(desk: Desk) -> bool:
    """Take in what others wrote or left behind. False when nobody works on the study: it is done."""
    with desk.log.turn() as turn:
        notices = desk.catch_up(turn)
        adopted = desk.adopt(turn)
        others = turn.others()
    desk.audience.hear_all(notices + adopted)
    if notices or adopted:
        desk.submit_adopted(adopted)
        return True
    if others:
        if others != desk.others:
            desk.audience.hear(Waiting(f"waiting for {others} {'trial' if others == 1 else 'trials'} of other processes"))
        time.sleep(POLL_S)
    desk.others = others
    return others > 0


def snapshot_if_due(desk: Desk) -> None:
    """Save transient work when some time has passed since the last time."""
    if desk.dirty and not desk.pending and time.monotonic() - desk.saved >= desk.options.snapshot_s:
        snapshots.save(desk)
