"""A study opened for writing: turns, and what is written outside of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import attrs
import sqlalchemy as sa

from backends.store import columns, owners, schema
from backends.store.database import wrapped
from backends.store.records import document_key
from backends.store.turn import HEAD, SqlTurn
from backends.store.view import SqlView, disconnect
from symbolic.search.events import Plain
from symbolic.search.plain import dumps, loads
from symbolic.search.problem import Budget
from symbolic.search.store import Counts, Entry, Record, Snapshot, StoreError
from symbolic.table.table import Table


@attrs.define
class SqlLog:
    """A study opened for writing by this process."""

    path: Path
    folder: Path
    connection: sa.Connection
    study_id: int
    space_version: int
    name: str
    owner: str
    reader: columns.Reader
    beat_s: float
    remarks: tuple[str, ...] = ()

    @contextmanager
    def turn(self) -> Iterator[SqlTurn]:
        """Open a transaction, holding the store's lock; committed at the end of the block."""
        with wrapped(self.path), self.connection.begin():
            head = self.connection.execute(HEAD, {"study": self.study_id}).one()
            turn = SqlTurn(
                self.connection,
                self.study_id,
                self.space_version,
                self.owner,
                self.reader,
                head.seq,
                head.next,
                head.elapsed_s,
                head.cost_s,
            )
            yield turn
            turn.save()

    @property
    def view(self) -> SqlView:
        """The same study for reading, on this connection."""
        return SqlView(self.path, self.folder, self.connection, self.study_id, self.name)

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
        with wrapped(self.path), self.connection.begin():
            for statement in statements:
                self.connection.execute(statement)

    def snapshot(self) -> Snapshot | None:
        """Return the newest snapshot."""
        with wrapped(self.path), self.connection.begin():
            query = sa.select(schema.snapshot).where(schema.snapshot.c.study_id == self.study_id)
            row = self.connection.execute(query).first()
        if row is None:
            return None
        return Snapshot(row.seq, row.next, row.folder, loads(row.state), loads(row.versions))

    def companions(self) -> list[str]:
        """Return the other live processes that work on this study, as a person reads them."""
        p = schema.process.c
        query = sa.select(p.id, p.beat_s).where(p.study_id == self.study_id, p.ended_s.is_(None), p.id != self.owner)
        with wrapped(self.path), self.connection.begin():
            rows = self.connection.execute(query).all()
        return [owners.shown(row.id) for row in rows if owners.alive(row.id, row.beat_s, time.time())]

    def beat(self) -> None:
        """Say every 15 seconds that this process lives."""
        now = time.time()
        if now - self.beat_s < owners.BEAT_S:
            return
        self.beat_s = now
        self._write(sa.update(schema.process).where(schema.process.c.id == self.owner).values(beat_s=now))

    def disconnect(self) -> None:
        """Let go of the study and of the file, as far as the file lets that be written."""
        if not self.connection.closed:
            p = schema.process.c
            with suppress(StoreError):
                self._write(
                    sa.update(schema.process).where(p.id == self.owner, p.ended_s.is_(None)).values(ended_s=time.time())
                )
        disconnect(self.connection)
