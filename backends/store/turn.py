"""A turn: one transaction on a study, the only way to write it. Events get the next `seq` in the order of the calls."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import attrs
import sqlalchemy as sa

from backends.store import owners, schema
from backends.store.database import Database
from backends.store.generations import Points
from backends.store.rows import Row, result_of, result_row, trial_of, trial_row
from backends.store.statements import Statements
from symbolic.search.events import Event, Result, Trial
from symbolic.search.plain import dumps, loads
from symbolic.search.store import Pending, Snapshot, State
from symbolic.search.versions import versions

_t, _r, _s = schema.trial.c, schema.result.c, schema.study.c
_NUMBER: sa.BindParameter[int] = sa.bindparam("wanted")
_STUDY: sa.BindParameter[int] = sa.bindparam("study")
UNFINISHED = ("pending", "arrived")

_NEW_TRIALS = sa.select(schema.trial).where(_t.study_id == _STUDY, _t.seq > sa.bindparam("since"))
_NEW_RESULTS = sa.select(schema.result).where(_r.study_id == _STUDY, _r.seq > sa.bindparam("since"))
_ONE_TRIAL = sa.select(schema.trial).where(_t.study_id == _STUDY, _t.number == _NUMBER)
_OPEN_TRIALS = sa.select(schema.trial).where(_t.study_id == _STUDY, sa.text("status in ('pending', 'arrived')"))
"""In no order: asked for one, a database may walk over all trials of the study instead of the few by their own index."""


@attrs.define
class SqlTurn:
    """An open transaction of `connection`; `cursor` is the driver's. `save` writes the study's row at its end."""

    connection: sa.Connection
    cursor: Any
    texts: Statements
    database: Database
    study_id: int
    space_version: int
    owner: str
    reader: Points
    seq: int
    next: int
    elapsed_s: float
    cost_s: float
    changed: bool = False

    def save(self) -> None:
        """Write the study's counters if anything changed."""
        if self.changed:
            new = {"new_seq": self.seq, "new_next": self.next, "new_elapsed": self.elapsed_s, "new_cost": self.cost_s}
            self.cursor.execute(self.texts.save, {"study": self.study_id, **new})

    def _next_seq(self) -> int:
        self.seq, self.changed = self.seq + 1, True
        return self.seq

    def news(self, since: int) -> list[Event]:
        """Return the events after `since` in order, but those of outdated trials."""
        if self.seq == since:
            return []
        asked = {"study": self.study_id, "since": since}
        events: dict[int, Event] = {}
        trials: dict[int, Trial] = {}
        gone = self.reader.outdated
        for row in self.connection.execute(_NEW_TRIALS, asked):
            if row.number in gone:
                continue
            events[row.seq] = trials[row.number] = trial_of(row, self.reader)
        for row in self.connection.execute(_NEW_RESULTS, asked).all():
            if row.number in gone:
                continue
            if row.number not in trials:
                trials[row.number] = trial_of(self._trial(row.number), self.reader)
            events[row.seq] = result_of(row, trials[row.number])
        return [events[seq] for seq in sorted(events)]

    def _trial(self, number: int) -> Row:
        return self.connection.execute(_ONE_TRIAL, {"study": self.study_id, "wanted": number}).one()

    def propose(self, trials: Sequence[Trial], clock_s: float) -> None:
        """Write pending trials of this process."""
        now_s, rows = time.time(), []
        for trial in trials:
            row = trial_row(trial, clock_s=clock_s, now_s=now_s)
            row.update(study_id=self.study_id, seq=self._next_seq(), space_version=self.space_version, owner=self.owner)
            rows.append(row)
            self.next = trial.number + 1
        if len(rows) == 1:  # the usual case, and for PostgreSQL's driver several are another, slower way
            self.cursor.execute(self.texts.add_trial, rows[0])
        else:
            self.cursor.executemany(self.texts.add_trial, rows)

    def report(self, result: Result, stop: bool) -> None:
        """Write a report with its verdict; the trial counts as adopted no more."""
        self._add(result, stop=stop, worker="", seq=self._next_seq())
        self.cursor.execute(self.texts.renew, {"study": self.study_id, "wanted": result.trial.number})

    def _add(self, result: Result, *, stop: bool, worker: str, seq: int | None) -> None:
        row = result_row(result, stop=stop, worker=worker, now_s=time.time())
        self.cursor.execute(self.texts.add_result, {"study_id": self.study_id, "seq": seq, **row})

    def _end(self, number: int, status: str) -> bool:
        """Give a pending trial of this process another status; False where it is no longer this process's."""
        new = {"study": self.study_id, "wanted": number, "me": self.owner, "new_status": status}
        self.cursor.execute(self.texts.end, new)
        return bool(self.cursor.rowcount == 1)

    def finish(self, result: Result, worker: str = "") -> bool:
        """Write a final result. False, and nothing written, where the trial is another process's by now."""
        if not self._end(result.trial.number, result.status):
            return False
        self._add(result, stop=False, worker=worker, seq=self._next_seq())
        return True

    def arrive(self, result: Result, worker: str = "") -> bool:
        """Store a final result that is not told yet; False as in `finish`."""
        if not self._end(result.trial.number, "arrived"):
            return False
        self._add(result, stop=False, worker=worker, seq=None)
        return True

    def tell_arrived(self, number: int) -> None:
        """Give a result that arrived its place in the order."""
        final = (_r.study_id == self.study_id, _r.number == number, _r.final == 1)
        self.connection.execute(sa.update(schema.result).where(*final).values(seq=self._next_seq()))
        (status,) = self.connection.execute(sa.select(_r.status).where(*final)).one()
        where = (_t.study_id == self.study_id, _t.number == number)
        self.connection.execute(sa.update(schema.trial).where(*where).values(status=status))

    def mine(self, number: int) -> bool:
        """Return whether a pending trial belongs to this process."""
        self.cursor.execute(self.texts.owner, {"study": self.study_id, "wanted": number})
        (owner,) = self.cursor.fetchone()
        return bool(owner == self.owner)

    def _open(self) -> list[Row]:
        """The trials without a final result that was told, by number."""
        rows = self.connection.execute(_OPEN_TRIALS, {"study": self.study_id}).all()
        return sorted(rows, key=lambda row: row.number)

    def adopt(self, max_attempts: int, most: int | None = None) -> list[Pending]:
        """Make pending trials of dead or released owners this process's; `lost` once adopted more often than allowed."""
        found: list[Pending] = []
        living = _Living(self.connection, self.database)
        for row in self._open():
            if row.owner == self.owner or living.check(row.owner):
                continue
            if most is not None and len(found) >= most:
                break
            attempts = row.attempts + bool(row.owner)
            where = (_t.study_id == self.study_id, _t.number == row.number)
            self.connection.execute(sa.update(schema.trial).where(*where).values(owner=self.owner, attempts=attempts))
            found.append(self._pending(row, attempts > max_attempts))
        return found

    def _pending(self, row: Row, lost: bool) -> Pending:
        trial = trial_of(row, self.reader)
        mine = (_r.study_id == self.study_id, _r.number == row.number)
        told, stop = self.connection.execute(
            sa.select(sa.func.max(_r.fidelity), sa.func.max(_r.stop)).where(*mine, _r.final == 0)
        ).one()
        final = self.connection.execute(sa.select(schema.result).where(*mine, _r.final == 1)).first()
        arrived = None if final is None else result_of(final, trial)
        highest = float("-inf") if told is None else told
        return Pending(trial, highest, bool(stop), arrived, lost=lost and arrived is None)

    def others(self) -> int:
        """Return how many pending trials belong to other processes that live."""
        return sum(row.owner != self.owner for row in self._open())

    def sources(self) -> frozenset[int]:
        """Return the numbers of pending trials and of those they continue from."""
        return frozenset(n for row in self._open() for n in (row.number, row.continue_from) if n is not None)

    def settle(self, algorithm: str) -> str:
        """Write the scaled algorithm unless one stands already; return the one that stands."""
        mine = _s.id == self.study_id
        standing, text = self.connection.execute(sa.select(_s.algorithm, _s.options).where(mine)).one()
        options = loads(text)
        if options["scaled"]:
            return str(standing)
        options["scaled"] = True
        self.connection.execute(sa.update(schema.study).where(mine).values(algorithm=algorithm, options=dumps(options)))
        return algorithm

    def spend(self, elapsed_s: float, cost_s: float) -> None:
        """Write the wall seconds of all sittings so far, and add a cost."""
        self.elapsed_s, self.cost_s, self.changed = max(self.elapsed_s, elapsed_s), self.cost_s + cost_s, True

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Replace the snapshot; its `next` becomes the log's."""
        self.next, self.changed = max(self.next, snapshot.next), True
        self.connection.execute(sa.delete(schema.snapshot).where(schema.snapshot.c.study_id == self.study_id))
        row = {
            "study_id": self.study_id,
            "seq": snapshot.seq,
            "next": snapshot.next,
            "folder": snapshot.folder,
            "state": dumps(snapshot.state),
            "versions": dumps(dict(versions())),
            "created_s": time.time(),
        }
        self.connection.execute(sa.insert(schema.snapshot), row)

    def close(self, state: State, why: str) -> None:
        """Write how this sitting ended, and release this process's trials."""
        mine = (_t.study_id == self.study_id, _t.owner == self.owner, _t.status.in_(UNFINISHED))
        self.connection.execute(sa.update(schema.trial).where(*mine).values(owner=""))
        self.connection.execute(sa.update(schema.study).where(_s.id == self.study_id).values(state=state, why=why))
        this = schema.process.c.id == self.owner
        self.connection.execute(sa.update(schema.process).where(this).values(ended_s=time.time()))


@attrs.define
class _Living:
    """Which owners live; each is looked up once."""

    connection: sa.Connection
    database: Database
    known: dict[str, bool] = attrs.field(factory=lambda: {"": False})

    def check(self, owner: str) -> bool:
        if owner not in self.known:
            p = schema.process.c
            row = self.connection.execute(sa.select(p.beat_s, p.ended_s).where(p.id == owner)).first()
            ended = row is not None and row.ended_s is not None
            self.known[owner] = not ended and owners.alive(
                owner, None if row is None else row.beat_s, self.database.now_s(self.connection)
            )
        return self.known[owner]
