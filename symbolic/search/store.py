"""What the loop needs of a store: one log per study, written in turns, read in full to resume.

A store is found in the group `symspace.stores`. Events of a study are numbered by `seq` from 1 without gaps, over trials and
results together, in the order in which the search was told of them: replaying them restores the search.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal, Protocol

import attrs

from symbolic.errors import SymspaceError
from symbolic.search.changing import NOTHING, Change
from symbolic.search.events import Event, Plain, Result, Status, Trial
from symbolic.search.problem import Budget
from symbolic.space import Space
from symbolic.table.table import Table

State = Literal["open", "done"]
RowStatus = Status | Literal["pending", "arrived"]


class StoreError(SymspaceError):
    """A store cannot be read or written, or holds something else than asked for."""


class StoreBusy(StoreError):
    """Another process holds the store or the study; the message names it."""


@attrs.frozen
class Identity:
    """What makes a study the same study. All of it but `name` is compared when a study is opened again.

    `space` is canonical text; `task`, `backend`, `algorithm` are calls as text; `options` are the loop's that change results.
    """

    name: str
    space: str
    space_hash: str
    space_version: int
    backend: str
    algorithm: str
    task: str | None = None
    seed: int = 0
    options: Mapping[str, Plain] = attrs.field(factory=dict)


@attrs.frozen
class Record:
    """What a store knows of a study beside its events.

    `algorithm` is what runs, scaled to the budget once `scaled`. `context` holds facts that are no part of the identity.
    """

    identity: Identity
    algorithm: str
    scaled: bool = False
    context: Mapping[str, Plain] = attrs.field(factory=dict)
    versions: Mapping[str, str] = attrs.field(factory=dict)
    budget: Budget = Budget()
    state: State = "open"
    why: str | None = None
    elapsed_s: float = 0.0
    cost_s: float = 0.0
    created_s: float = 0.0


@attrs.frozen
class Counts:
    """How many durable trials a study has: by status, proposed in all, and of those queued; `imported` are counted apart."""

    by_status: Mapping[str, int] = attrs.field(factory=dict)
    proposed: int = 0
    queued: int = 0
    imported: int = 0

    @property
    def unfinished(self) -> int:
        """Trials without a final result that was told."""
        return self.by_status.get("pending", 0) + self.by_status.get("arrived", 0)

    @property
    def finished(self) -> int:
        """Trials with a final result."""
        return sum(self.by_status.values()) - self.unfinished


@attrs.frozen(eq=False)
class Entry:
    """A durable trial as the log has it: `result` is final, None while it is pending. Times are UTC seconds.

    `space`: the older version of the study's space that an outdated trial belongs to; its candidate has no meaning in the
    newest one. None for all others.
    """

    trial: Trial
    status: RowStatus
    result: Result | None = None
    owner: str = ""
    created_s: float = 0.0
    ended_s: float | None = None
    worker: str = ""
    space: Space | None = None


@attrs.frozen(eq=False)
class Report:
    """What a trial reported on its way: metrics at a fidelity."""

    number: int
    fidelity: float
    metrics: Mapping[str, float]


@attrs.frozen(eq=False)
class Pending:
    """A trial without a final result that was told.

    `told`: the highest fidelity whose report was told; `stop`: a stop was decided there; `arrived`: the final result where it
    is stored and waits for its turn; `spoiled`: a report was not finite, so the trial fails; `lost`: adopted too often.
    """

    trial: Trial
    told: float = float("-inf")
    stop: bool = False
    arrived: Result | None = None
    spoiled: bool = False
    lost: bool = False


@attrs.frozen(eq=False)
class Snapshot:
    """The state of a search at `seq`, with the session's folder below the study's; `next` is the next trial number."""

    seq: int
    next: int
    folder: str
    state: Plain
    versions: Mapping[str, str] = attrs.field(factory=dict)


class Turn(Protocol):
    """One transaction on a log, and the only way to write it. `seq` and `next` are the log's, kept up to date."""

    @property
    def seq(self) -> int: ...
    @property
    def next(self) -> int: ...
    def news(self, since: int) -> list[Event]:
        """Return the events after `since` in order."""

    def propose(self, trials: Sequence[Trial], clock_s: float) -> None:
        """Write pending trials of this process."""

    def report(self, result: Result, stop: bool) -> None:
        """Write a report with its verdict."""

    def finish(self, result: Result, worker: str = "") -> bool:
        """Write a final result. False, and nothing written, where the trial is another process's by now."""

    def arrive(self, result: Result, worker: str = "") -> bool:
        """Store a final result that is not told yet; False as in `finish`."""

    def tell_arrived(self, number: int) -> None:
        """Give a result that arrived its place in the order."""

    def mine(self, number: int) -> bool:
        """Return whether a pending trial belongs to this process."""

    def adopt(self, max_attempts: int, most: int | None = None) -> list[Pending]:
        """Make pending trials of dead or released owners this process's, at most so many, lowest numbers first.

        `lost` once adopted more often than allowed.
        """

    def others(self) -> int:
        """Return how many pending trials belong to other processes that live."""

    def sources(self) -> frozenset[int]:
        """Return the numbers pending trials continue from, and those of pending trials."""

    def settle(self, algorithm: str) -> str:
        """Write the scaled algorithm unless one stands already; return the one that stands."""

    def spend(self, elapsed_s: float, cost_s: float) -> None:
        """Write the wall seconds of all sittings so far, and add a cost."""

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Replace the snapshot; its `next` becomes the log's."""

    def close(self, state: State, why: str) -> None:
        """Write how this sitting ended, and release this process's trials."""


class View(Protocol):
    """A study, read-only."""

    @property
    def record(self) -> Record: ...
    @property
    def folder(self) -> Path | None:
        """The folder of checkpoints, snapshots and logs; None: nothing is kept beside the log."""

    def entries(self, table: Table) -> Iterator[Entry]:
        """Yield the durable trials by number, points as of `table`."""

    def reports(self) -> Iterator[Report]:
        """Yield what trials reported on their way, by number, then by fidelity."""

    def counts(self) -> Counts:
        """Return how many durable trials there are."""

    def document(self, name: str) -> Plain:
        """Return a named document beside the log (`report`, `queue`), None where there is none."""

    def disconnect(self) -> None:
        """Let go of the store. Idempotent."""


class Log(View, Protocol):
    """A study opened for writing by this process, `owner`."""

    @property
    def owner(self) -> str: ...
    @property
    def remarks(self) -> tuple[str, ...]:
        """Lines the user should see about where the log lies."""

    @property
    def location(self) -> str | None:
        """How others name the store, without a password; None where nobody else can reach it."""

    def outdated(self) -> Counts:
        """Return how many of the trials have no meaning in the edited space: they count, and no search is told of them."""

    def turn(self) -> AbstractContextManager[Turn]:
        """Open a transaction: committed at the end of the block, rolled back by an exception."""

    def snapshot(self) -> Snapshot | None:
        """Return the newest snapshot."""

    def companions(self) -> list[str]:
        """Return the owners of other live processes that work on this study."""

    def put_document(self, name: str, value: Plain) -> None:
        """Write a named document beside the log."""

    def set_budget(self, budget: Budget) -> None:
        """Write the budget of this sitting."""


class Store(Protocol):
    """A database of studies."""

    def names(self) -> list[str]:
        """Return the names of the studies, oldest first."""

    def open(self, identity: Identity, table: Table, record: Record, change: Change = NOTHING) -> Log:
        """Create the study from `record`, or continue it, changed as far as `change` allows.

        Raises `StoreError` with a diff where it is another study.
        """

    def view(self, name: str) -> View:
        """Open a study read-only. Raises `StoreError` with the nearest name where there is none."""


def store_at(location: str | Path, **options: Any) -> Store:
    """Return the store at a path or URL. Raises `StoreError` for what no store serves."""
    from symbolic.registry import get

    store: Store = get("stores", "sql")(str(location), **options)
    return store
