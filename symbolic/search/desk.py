"""The state of one sitting of a study, and the few moves that everything in the loop is made of."""

from __future__ import annotations

import time
from collections.abc import Iterable

import attrs

from symbolic.errors import SymspaceError
from symbolic.search.audience import Audience
from symbolic.search.derived import completed
from symbolic.search.events import Failure, Result, Trial
from symbolic.search.interrupts import Stop
from symbolic.search.meter import Meter, Why
from symbolic.search.notices import Adopted, Notice
from symbolic.search.problem import Problem
from symbolic.search.protocols import Search, Session
from symbolic.search.queued import Queue
from symbolic.search.store import Log, Pending, StoreError, Turn
from symbolic.search.tally import Tally


class SearchError(SymspaceError):
    """A search ended because the program, the algorithm or the backend is wrong, not the candidates."""


@attrs.frozen
class LoopOptions:
    """`transient`: the algorithm trains shared weights. `deterministic`: tell results in number order whatever the timing.

    `max_attempts`: how often a trial may lose its process. `snapshot_s`: how long transient work may go unsaved, at least; 0
    saves at every turn. `restart_supernet`: forget the snapshot and train the shared weights from step 0.
    """

    transient: bool = False
    deterministic: bool = False
    max_attempts: int = 5
    snapshot_s: float = 30.0
    restart_supernet: bool = False


@attrs.define
class Desk:
    """One sitting. `seq`: what the search was told of; `number`: the next trial's; `pending`: trials without a final result.

    `served`: results that need no session, from `sources` (the equal trial) or of trials that lost their process too often.
    `keeps`: whether the session writes checkpoints. `looked`: when trials of dead processes were last looked for; `others`: how
    many trials elsewhere were last waited for.
    `transient`: how many transient trials ended; `dirty`: some since the last snapshot.
    """

    problem: Problem
    search: Search
    session: Session
    log: Log
    tally: Tally
    meter: Meter
    queue: Queue = Queue()
    audience: Audience = attrs.field(factory=Audience)
    stop: Stop = attrs.field(factory=Stop)
    options: LoopOptions = LoopOptions()
    pending: dict[int, Pending] = attrs.field(factory=dict)
    served: list[Result] = attrs.field(factory=list)
    keeps: bool = True
    sources: dict[int, int] = attrs.field(factory=dict)
    failures: list[Failure] = attrs.field(factory=list)
    seq: int = 0
    number: int = 0
    transient: int = 0
    diverged: int = 0
    dirty: bool = False
    saved: float = attrs.field(factory=time.monotonic)
    looked: float = attrs.field(factory=time.monotonic)
    others: int = 0
    noticed: float = 0.0

    def spent(self) -> Why | None:
        """Return what ends the sitting now. The clock does not cut a one-shot search before its first derived candidate."""
        if self.stop.requested:
            return "interrupted"
        why = self.meter.spent(self.tally.proposed, self.tally.cost_s)
        if why == "seconds" and self.options.transient and not self.tally.finished:
            return None
        return why

    def leaving(self) -> bool:
        """Return whether running trials should leave at their next report."""
        return self.spent() in ("seconds", "interrupted")

    def catch_up(self, turn: Turn) -> list[Notice]:
        """Tell the search what other processes wrote; return what listeners should hear of it."""
        if turn.seq == self.seq:
            return []
        if turn.seq < self.seq:
            raise StoreError(
                f"the store knows {turn.seq} events of this study, and {self.seq} were written: an older copy took its place. "
                "Nothing more is written; resume to go on from what the store holds now"
            )
        events = turn.news(self.seq)
        self.search.tell(events)
        self.seq, self.number = turn.seq, max(self.number, turn.next)
        return self.tally.add_all(events)

    def adopt(self, turn: Turn, most: int | None = None) -> list[Notice]:
        """Take over pending trials whose process is gone; those that lost theirs too often end as `failed/lost`."""
        self.looked = time.monotonic()
        adopted = [p for p in turn.adopt(self.options.max_attempts, most) if p.trial.number not in self.pending]
        for p in adopted:
            self.pending[p.trial.number] = p
            if p.lost:
                failure = Failure("lost", f"its process died {self.options.max_attempts} times")
                self.served.append(Result(p.trial, "failed", failure=failure))
        return [Adopted(p.trial) for p in adopted]

    def submit(self, trials: Iterable[Trial]) -> None:
        """Hand trials to the session, with the trial whose seed each uses where that is another one."""
        trials = list(trials)
        if trials:
            known = ((t.number, self.tally.roots.get(t.number)) for t in trials)
            self.session.submit(trials, {n: root[0] for n, root in known if root is not None and root[0] != n})

    def submit_adopted(self, adopted: Iterable[Notice]) -> None:
        """Hand over trials that were taken over and have to run again."""
        mine = (self.pending[n.trial.number] for n in adopted if isinstance(n, Adopted))
        self.submit(p.trial for p in mine if p.arrived is None and not p.lost)

    def completed(self, result: Result) -> Result:
        """Return a report or result with what objectives read beside its metrics."""
        return completed(result, self.problem.table, self.problem.objectives, self.tally.reference)

    def waits(self) -> bool:
        """Return whether objectives read metrics of the reference candidate, which has not ended: all others wait for it."""
        return self.tally.reference is None and bool(self.problem.objectives.references)

    def worker(self, result: Result) -> str:
        """Return what the store notes about who computed a result."""
        source = self.sources.get(result.trial.number)
        return "" if source is None else f"trial {source}"
