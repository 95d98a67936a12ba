"""A study opened for writing: turns, and what is written outside of them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
from symbolic.search.store import Counts, Entry, Record, Snapshot
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
        with wrapped(self.path), self.connection.begin():
            self.connection.execute(sa.delete(m).where(m.c.key == key))
            self.connection.execute(m.insert(), {"key": key, "value": dumps(value)})

    def set_budget(self, budget: Budget) -> None:
        """Write the budget of this sitting."""
        self._update({"budget": dumps(attrs.asdict(budget))})

    def _update(self, values: Mapping[str, Any]) -> None:
        with wrapped(self.path), self.connection.begin():
            self.connection.execute(sa.update(schema.study).where(schema.study.c.id == self.study_id).values(**values))

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
        with wrapped(self.path), self.connection.begin():
            mine = schema.process.c.id == self.owner
            self.connection.execute(sa.update(schema.process).where(mine).values(beat_s=now))

    def disconnect(self) -> None:
        """Let go of the file."""
        disconnect(self.connection)
