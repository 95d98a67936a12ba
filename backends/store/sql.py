"""The store of the group `symspace.stores`: studies in an SQLite file, with a folder beside it for what is no row."""

from __future__ import annotations

import re
import time
from pathlib import Path

import attrs
import sqlalchemy as sa

from backends.store import columns, owners, schema
from backends.store.database import Settings, connect, holders, path_of, wrapped
from backends.store.filesystem import network
from backends.store.identity import check
from backends.store.log import SqlLog
from backends.store.records import create, read_columns, read_record
from backends.store.view import SqlView, disconnect
from symbolic.errors import nearest
from symbolic.search.store import Identity, Record, StoreBusy, StoreError
from symbolic.table.table import Table

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=+-]*")


@attrs.frozen
class SqlStore:
    """Studies in one database file at `location`. `durable`: survive a power cut, not only a kill."""

    location: str
    durable: bool = False
    busy_timeout_s: float = 60.0

    @property
    def path(self) -> Path:
        """The file."""
        return path_of(self.location)

    def _connect(self, *, write: bool) -> sa.Connection:
        return connect(self.path, Settings(self.durable, self.busy_timeout_s), write=write)

    def names(self) -> list[str]:
        """Return the names of the studies, oldest first."""
        connection = self._connect(write=False)
        try:
            with wrapped(self.path), connection.begin():
                return list(connection.execute(sa.select(schema.study.c.name).order_by(schema.study.c.id)).scalars())
        finally:
            disconnect(connection)

    def folder(self, name: str) -> Path:
        """Return the folder of a study's checkpoints, snapshots and logs."""
        return self.path.with_name(self.path.name + ".d") / name

    def open(self, identity: Identity, table: Table, record: Record) -> SqlLog:
        """Create the study from `record`, or continue it. Raises `StoreError` with a diff where it is another study."""
        if not _NAME.fullmatch(identity.name):
            raise StoreError(f"{identity.name!r} is no name for a study: use letters, digits and . _ = + -")
        connection = self._connect(write=True)
        described = columns.describe(table)
        try:
            with wrapped(self.path), connection.begin():
                row = connection.execute(sa.select(schema.study).where(schema.study.c.name == identity.name)).first()
                if row is None:
                    create(connection, record, described)
                else:
                    stored = read_record(connection, row)
                    check(stored.identity, read_columns(connection, row), identity, described)
                known = connection.execute(sa.select(schema.study).where(schema.study.c.name == identity.name)).one()
                owner = owners.this_process()
                now = time.time()
                connection.execute(
                    schema.process.insert(), {"id": owner, "study_id": known.id, "started_s": now, "beat_s": now}
                )
                reader = columns.reader(read_columns(connection, known), table)
        except BaseException:
            disconnect(connection)
            raise
        folder, kind = self.folder(identity.name), network(self.path)
        log = SqlLog(self.path, folder, connection, known.id, known.space_version, identity.name, owner, reader, now)
        return log if kind is None else _alone(log, kind)

    def view(self, name: str) -> SqlView:
        """Open a study read-only. Raises `StoreError` with the nearest name where there is none."""
        connection = self._connect(write=False)
        with wrapped(self.path), connection.begin():
            row = connection.execute(sa.select(schema.study).where(schema.study.c.name == name)).first()
        if row is None:
            disconnect(connection)
            known = self.names()
            hint = nearest(name, known) or f"studies here: {', '.join(known) or 'none'}"
            raise StoreError(f"{self.path} has no study {name!r}; {hint}")
        return SqlView(self.path, self.folder(name), connection, row.id, name)


def _alone(log: SqlLog, kind: str) -> SqlLog:
    """Return the log of a file on a network file system, which one process can use at a time. Raises `StoreBusy`."""
    others = [shown for shown in holders(log.path) if shown != owners.shown(log.owner)]
    if others:
        log.disconnect()
        raise StoreBusy(f"{log.path} lies on {kind}, where one process can use it at a time, and {', '.join(others)} does")
    log.remarks = (f"{log.path} lies on {kind}: one process at a time, and slower than a local disk",)
    return log
