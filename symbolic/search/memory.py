"""A log in memory: what a study without a store is kept in. Ends with the process."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from symbolic.search.events import Event, Plain, Result, Trial
from symbolic.search.problem import Budget
from symbolic.search.store import Counts, Entry, Pending, Record, Report, Snapshot, State
from symbolic.table.table import Table


@attrs.define
class MemoryLog:
    """The log of one study, and its own turn: there is one process, so a turn needs no lock."""

    record: Record
    folder: Path | None = None
    owner: str = "this process"
    remarks: tuple[str, ...] = ()
    seq: int = 0
    next: int = 0
    events: list[Event] = attrs.field(factory=list)
    rows: dict[int, Entry] = attrs.field(factory=dict)
    waiting: dict[int, Pending] = attrs.field(factory=dict)
    snapshot_row: Snapshot | None = None
    documents: dict[str, Plain] = attrs.field(factory=dict)

    def turn(self) -> MemoryLog:
        """Open a turn. An exception inside leaves the log as far as it was written: the study ends with it."""
        return self

    def __enter__(self) -> MemoryLog:
        return self

    def __exit__(self, *raised: object) -> None:
        return None

    def news(self, since: int) -> list[Event]:
        """Return the events after `since` in order."""
        return self.events[since:]

    def _add(self, event: Event) -> None:
        self.events.append(event)
        self.seq += 1

    def propose(self, trials: Sequence[Trial], clock_s: float) -> None:
        """Write pending trials."""
        now = time.time()
        for trial in trials:
            self._add(trial)
            self.rows[trial.number] = Entry(trial, "pending", None, self.owner, now)
            self.waiting[trial.number] = Pending(trial)
            self.next = trial.number + 1

    def report(self, result: Result, stop: bool) -> None:
        """Write a report with its verdict."""
        assert result.fidelity is not None
        self._add(result)
        number = result.trial.number
        self.waiting[number] = Pending(result.trial, result.fidelity, stop)

    def finish(self, result: Result, worker: str = "") -> bool:
        """Write a final result."""
        self._add(result)
        return self._end(result, worker)

    def _end(self, result: Result, worker: str) -> bool:
        number = result.trial.number
        row = self.rows[number]
        self.rows[number] = Entry(row.trial, result.status, result, row.owner, row.created_s, time.time(), worker)
        self.waiting.pop(number, None)
        return True

    def arrive(self, result: Result, worker: str = "") -> bool:
        """Store a final result that is not told yet."""
        number = result.trial.number
        self.waiting[number] = attrs.evolve(self.waiting[number], arrived=result)
        self.rows[number] = attrs.evolve(self.rows[number], status="arrived", worker=worker)
        return True

    def tell_arrived(self, number: int) -> None:
        """Give a result that arrived its place in the order."""
        result = self.waiting[number].arrived
        assert result is not None
        self._add(result)
        self._end(result, self.rows[number].worker)

    def mine(self, number: int) -> bool:
        """Return whether a pending trial belongs to this process: they all do."""
        return True

    def adopt(self, max_attempts: int, most: int | None = None) -> list[Pending]:
        """Return the pending trials of an earlier sitting in this process."""
        return list(self.waiting.values())[:most]

    def others(self) -> int:
        """Return 0: nobody else knows this log."""
        return 0

    def sources(self) -> frozenset[int]:
        """Return the numbers of pending trials and of those they continue from."""
        continued = {p.trial.continue_from for p in self.waiting.values() if p.trial.continue_from is not None}
        return frozenset(self.waiting) | continued

    def settle(self, algorithm: str) -> str:
        """Write the scaled algorithm unless one stands already; return the one that stands."""
        if not self.record.scaled:
            self.record = attrs.evolve(self.record, algorithm=algorithm, scaled=True)
        return self.record.algorithm

    def spend(self, elapsed_s: float, cost_s: float) -> None:
        """Write the wall seconds of all sittings so far, and add a cost."""
        self.record = attrs.evolve(self.record, elapsed_s=elapsed_s, cost_s=self.record.cost_s + cost_s)

    def snapshot(self) -> Snapshot | None:
        """Return the newest snapshot."""
        return self.snapshot_row

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Replace the snapshot."""
        self.snapshot_row, self.next = snapshot, max(self.next, snapshot.next)

    def close(self, state: State, why: str) -> None:
        """Write how this sitting ended."""
        self.record = attrs.evolve(self.record, state=state, why=why)

    def companions(self) -> list[str]:
        """Return nobody."""
        return []

    def put_document(self, name: str, value: Plain) -> None:
        """Keep a named document."""
        self.documents[name] = value

    def document(self, name: str) -> Plain:
        """Return a named document, None where there is none."""
        return self.documents.get(name)

    def set_budget(self, budget: Budget) -> None:
        """Write the budget of this sitting."""
        self.record = attrs.evolve(self.record, budget=budget)

    def entries(self, table: Table) -> Iterator[Entry]:
        """Yield the durable trials by number."""
        yield from (self.rows[n] for n in sorted(self.rows))

    def reports(self) -> Iterator[Report]:
        """Yield what trials reported on their way, by number, then by fidelity."""
        told = [e for e in self.events if isinstance(e, Result) and not e.final and e.fidelity is not None]
        for e in sorted(told, key=lambda e: (e.trial.number, e.fidelity)):
            yield Report(e.trial.number, float(e.fidelity or 0.0), e.metrics)

    def counts(self) -> Counts:
        """Return how many durable trials there are."""
        origins = Counter(row.trial.origin for row in self.rows.values())
        by_status = Counter[str](row.status for row in self.rows.values() if row.trial.origin != "imported")
        return Counts(dict(by_status), by_status.total(), origins["queued"], origins["imported"])

    @property
    def location(self) -> None:
        """Nobody else can reach it."""
        return None

    def outdated(self) -> Counts:
        """Return no counts: the space of a log in memory is never edited."""
        return Counts()

    def disconnect(self) -> None:
        """Nothing to let go of."""
