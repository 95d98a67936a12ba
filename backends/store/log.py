"""A study opened for writing: turns, and what is written outside of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs
import sqlalchemy as sa

from backends.store import owners, schema
from backends.store.database import Database, wrapped
from backends.store.generations import Points
from backends.store.heart import Heart
from backends.store.records import document_key
from backends.store.statements import Statements
from backends.store.turn import SqlTurn
from backends.store.view import SqlView, disconnect
from symbolic.search.events import Plain
from symbolic.search.plain import dumps, loads
from symbolic.search.problem import Budget
from symbolic.search.store import Counts, Entry, Record, Snapshot, StoreError
from symbolic.table.table import Table

RECONNECT_S = 60.0
"""How long a turn that has not written yet tries to reach a server that is gone."""
_AT_ONCE = 500
"""How many numbers a query may name."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 5.0


@attrs.define
class SqlLog:
    """A study opened for writing by this process."""

    database: Database
    folder: Path | None
    connection: sa.Connection
    study_id: int
    space_version: int
    name: str
    owner: str
    reader: Points
    heart: Heart
    texts: Statements
    remarks: tuple[str, ...] = ()
    reconnect_s: float = RECONNECT_S

    @contextmanager
    def turn(self) -> Iterator[SqlTurn]:
        """Open a transaction, holding the study's lock; committed at the end of the block."""
        with wrapped(self.database):
            transaction, cursor, head = self._begin()
            with transaction:
                turn = SqlTurn(
                    self.connection,
                    cursor,
                    self.texts,
                    self.database,
                    self.study_id,
                    self.space_version,
                    self.owner,
                    self.reader,
                    *head,
                )
                yield turn
                turn.save()

    def _begin(self) -> tuple[sa.RootTransaction, Any, Any]:
        """Begin a transaction with the lock; return it, the driver's cursor and the study's counters.

        Where the connection is gone, another one is made: nothing was written yet.
        """
        errors: tuple[type[Exception], ...] = (sa.exc.DBAPIError, *self.database.errors)
        deadline, pause_s = time.monotonic() + self.reconnect_s, _FIRST_PAUSE_S
        while True:
            try:
                transaction = self.connection.begin()
                try:
                    driver = self.connection.connection.dbapi_connection
                    assert driver is not None
                    cursor = driver.cursor()
                    cursor.execute(self.texts.head, {"study": self.study_id})
                    return transaction, cursor, cursor.fetchone()
                except self.database.errors as e:
                    if self.database.lost(e):
                        self.connection.invalidate(e)
                    transaction.close()
                    raise
            except errors as e:
                if not self.database.lost(e) or time.monotonic() > deadline:
                    raise
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    @property
    def location(self) -> str:
        """How others name the store, without a password."""
        return self.database.shown

    @property
    def view(self) -> SqlView:
        """The same study for reading, on this connection."""
        return SqlView(self.database, self.folder, self.connection, self.study_id, self.name)

    @property
    def record(self) -> Record:
        """What the store knows of the study beside its events."""
        return self.view.record

    def entries(self, table: Table) -> Iterator[Entry]:
        """Yield the durable trials by number, points as of `table`."""
        return self.view.entries(table)

    def counts(self) -> Counts:
        """Return how many durable trials there are."""
        return self.view.counts()

    def outdated(self) -> Counts:
        """Return how many of the trials have no meaning in the edited space."""
        numbers = sorted(self.reader.outdated)
        if not numbers:
            return Counts()
        t, found = schema.trial.c, list[str]()
        with wrapped(self.database), self.connection.begin():
            for first in range(0, len(numbers), _AT_ONCE):
                some = numbers[first : first + _AT_ONCE]
                query = sa.select(t.origin).where(t.study_id == self.study_id, t.number.in_(some))
                found += self.connection.execute(query).scalars()
        own = [origin for origin in found if origin != "imported"]
        return Counts(proposed=len(own), queued=own.count("queued"), imported=len(found) - len(own))

    def document(self, name: str) -> Plain:
        """Return a named document beside the log, None where there is none."""
        return self.view.document(name)

    def put_document(self, name: str, value: Plain) -> None:
        """Write a named document beside the log."""
        key, m = document_key(self.study_id, name), schema.meta
        self._write(sa.delete(m).where(m.c.key == key), m.insert().values(key=key, value=dumps(value)))

    def set_budget(self, budget: Budget) -> None:
        """Write the budget of this sitting."""
        text = dumps(attrs.asdict(budget))
        self._write(sa.update(schema.study).where(schema.study.c.id == self.study_id).values(budget=text))

    def _write(self, *statements: sa.Executable) -> None:
        """Write beside the log; the study is locked, as for a turn."""
        with wrapped(self.database):
            transaction, _, _ = self._begin()
            with transaction:
                for statement in statements:
                    self.connection.execute(statement)

    def snapshot(self) -> Snapshot | None:
        """Return the newest snapshot."""
        with wrapped(self.database), self.connection.begin():
            query = sa.select(schema.snapshot).where(schema.snapshot.c.study_id == self.study_id)
            row = self.connection.execute(query).first()
        if row is None:
            return None
        return Snapshot(row.seq, row.next, row.folder, loads(row.state), loads(row.versions))

    def companions(self) -> list[str]:
        """Return the other live processes that work on this study, as a person reads them."""
        with wrapped(self.database), self.connection.begin():
            now_s = self.database.now_s(self.connection)
            return working(self.connection, self.study_id, now_s, but=self.owner)

    def disconnect(self) -> None:
        """Let go of the study and of the store, as far as the store lets that be written."""
        self.heart.stop()
        self.reconnect_s = 0.0
        if not self.connection.closed:
            p = schema.process.c
            with suppress(StoreError):
                now_s = time.time()
                self._write(sa.update(schema.process).where(p.id == self.owner, p.ended_s.is_(None)).values(ended_s=now_s))
        with suppress(sa.exc.SQLAlchemyError):
            disconnect(self.connection)


def working(connection: sa.Connection, study_id: int, now_s: float, *, but: str = "") -> list[str]:
    """Return the live processes that work on a study, as a person reads them."""
    p = schema.process.c
    query = sa.select(p.id, p.beat_s).where(p.study_id == study_id, p.ended_s.is_(None), p.id != but)
    return [owners.shown(row.id) for row in connection.execute(query).all() if owners.alive(row.id, row.beat_s, now_s)]
