"""A study opened for reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import sqlalchemy as sa

from backends.store import schema
from backends.store.database import Database, wrapped
from backends.store.generations import Points
from backends.store.records import document, read_points, read_record
from backends.store.rows import entry_of
from symbolic.search.events import Plain
from symbolic.search.plain import loads
from symbolic.search.store import Counts, Entry, Record, Report
from symbolic.table.table import Table

PAGE = 1000
_FIRST = -(2**62)
"""Below every number: those of imported trials are negative."""


@attrs.define
class SqlView:
    """A study, read-only: no lock is taken, and long reads go by pages."""

    database: Database
    folder: Path | None
    connection: sa.Connection
    study_id: int
    name: str

    @property
    def record(self) -> Record:
        """What the store knows of the study beside its events."""
        with wrapped(self.database), self.connection.begin():
            return read_record(self.connection, self._row())

    def _row(self) -> sa.Row[Any]:
        return self.connection.execute(sa.select(schema.study).where(schema.study.c.id == self.study_id)).one()

    def entries(self, table: Table) -> Iterator[Entry]:
        """Yield the durable trials by number, points as of `table`."""
        with wrapped(self.database), self.connection.begin():
            reader = read_points(self.connection, self._row(), table)
        last = _FIRST
        while page := self._page(last, reader):
            yield from page
            last = page[-1].trial.number

    def _page(self, last: int, reader: Points) -> list[Entry]:
        t, r = schema.trial.c, schema.result.c
        trials = sa.select(schema.trial).where(t.study_id == self.study_id, t.number > last).order_by(t.number).limit(PAGE)
        with wrapped(self.database), self.connection.begin():
            rows = self.connection.execute(trials).all()
            if not rows:
                return []
            between = (r.study_id == self.study_id, r.number > last, r.number <= rows[-1].number)
            finals = self.connection.execute(sa.select(schema.result).where(*between, r.final == 1)).all()
        by_number = {row.number: row for row in finals}
        return [entry_of(row, by_number.get(row.number), reader) for row in rows]

    def reports(self) -> Iterator[Report]:
        """Yield what trials reported on their way, by number, then by fidelity."""
        r = schema.result.c
        reports = sa.select(r.number, r.fidelity, r.metrics).where(r.study_id == self.study_id, r.final == 0)
        at = sa.tuple_(r.number, r.fidelity)
        last = (_FIRST, 0.0)
        while True:
            query = reports.where(at > last).order_by(r.number, r.fidelity).limit(PAGE)
            with wrapped(self.database), self.connection.begin():
                rows = self.connection.execute(query).all()
            yield from (Report(row.number, row.fidelity, loads(row.metrics)) for row in rows)
            if len(rows) < PAGE:
                return
            last = (rows[-1].number, rows[-1].fidelity)

    def counts(self) -> Counts:
        """Return how many durable trials there are."""
        t, by_status, origins = schema.trial.c, Counter[str](), Counter[str]()
        query = sa.select(t.status, t.origin, sa.func.count()).where(t.study_id == self.study_id).group_by(t.status, t.origin)
        with wrapped(self.database), self.connection.begin():
            for status, origin, count in self.connection.execute(query):
                by_status[status] += count if origin != "imported" else 0
                origins[origin] += count
        return Counts(dict(+by_status), by_status.total(), origins["queued"], origins["imported"])

    def document(self, name: str) -> Plain:
        """Return a named document beside the log, None where there is none."""
        with wrapped(self.database), self.connection.begin():
            return document(self.connection, self.study_id, name)

    def disconnect(self) -> None:
        """Let go of the file."""
        disconnect(self.connection)


def disconnect(connection: sa.Connection) -> None:
    """Close a connection and its pool."""
    connection.close()
    connection.engine.dispose()
