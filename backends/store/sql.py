"""The store of the group `symspace.stores`: studies in a file or on a server, and a folder for what is no row."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import sqlalchemy as sa

from backends.store import columns, owners, schema
from backends.store.amend import Amended, amend
from backends.store.database import Database, Settings, wrapped
from backends.store.heart import Heart
from backends.store.identity import check, same
from backends.store.locations import database_at
from backends.store.log import SqlLog, working
from backends.store.records import create, document, document_key, read_columns, read_points, read_record
from backends.store.statements import statements
from backends.store.view import SqlView, disconnect
from symbolic.errors import nearest
from symbolic.search.changing import NOTHING, Change
from symbolic.search.plain import dumps
from symbolic.search.store import Identity, Record, StoreBusy, StoreError
from symbolic.table.table import Table

FOLDER = "folder"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=+-]*")


@attrs.frozen
class SqlStore:
    """Studies at `location`: the path of a file, or a URL. `durable`: survive a power cut, not only a kill."""

    location: str
    durable: bool = False
    busy_timeout_s: float = 60.0

    @property
    def database(self) -> Database:
        """The file or the server."""
        return database_at(self.location, Settings(self.durable, self.busy_timeout_s))

    def names(self) -> list[str]:
        """Return the names of the studies, oldest first."""
        database = self.database
        connection = database.connect(write=False)
        try:
            with wrapped(database), connection.begin():
                return list(connection.execute(sa.select(schema.study.c.name).order_by(schema.study.c.id)).scalars())
        finally:
            disconnect(connection)

    def open(self, identity: Identity, table: Table, record: Record, change: Change = NOTHING) -> SqlLog:
        """Create the study from `record`, or continue it, changed as far as `change` allows.

        Raises `StoreError` with a diff where it is another study.
        """
        if not _NAME.fullmatch(identity.name):
            raise StoreError(f"{identity.name!r} is no name for a study: use letters, digits and . _ = + -")
        database = self.database
        connection = database.connect(write=True)
        described, amended = columns.describe(table), Amended()
        try:
            with wrapped(database), connection.begin():
                database.lock(connection)
                row = connection.execute(sa.select(schema.study).where(schema.study.c.name == identity.name)).first()
                if row is None:
                    create(connection, record, described)
                else:
                    amended = _amended(database, connection, row, (described, record), change)
                known = connection.execute(sa.select(schema.study).where(schema.study.c.name == identity.name)).one()
                folder = _folder(database, connection, known.id, identity.name, write=True)
                owner, now_s = owners.this_process(), database.now_s(connection)
                connection.execute(
                    schema.process.insert(), {"id": owner, "study_id": known.id, "started_s": now_s, "beat_s": now_s}
                )
                reader = read_points(connection, known, table)
                _forget_checkpoints(folder, amended.stale)
        except BaseException:
            disconnect(connection)
            raise
        heart = Heart(database, owner)
        texts = statements(connection.dialect)
        log = SqlLog(database, folder, connection, known.id, known.space_version, identity.name, owner, reader, heart, texts)
        log.remarks = amended.lines
        if database.alone is not None:
            log = _alone(log, database.alone)
        heart.start()
        return log

    def view(self, name: str) -> SqlView:
        """Open a study read-only. Raises `StoreError` with the nearest name where there is none."""
        database = self.database
        connection = database.connect(write=False)
        with wrapped(database), connection.begin():
            row = connection.execute(sa.select(schema.study).where(schema.study.c.name == name)).first()
            folder = None if row is None else _folder(database, connection, row.id, name, write=False)
        if row is None:
            disconnect(connection)
            known = self.names()
            hint = nearest(name, known) or f"studies here: {', '.join(known) or 'none'}"
            raise StoreError(f"{database.shown} has no study {name!r}; {hint}")
        return SqlView(database, folder, connection, row.id, name)


def _folder(database: Database, connection: sa.Connection, study_id: int, name: str, *, write: bool) -> Path | None:
    """Return a study's folder of checkpoints, snapshots and logs: below the database's, else as stored with the study."""
    if database.folder is None:
        stored = document(connection, study_id, FOLDER)
        return None if stored is None else Path(str(stored)) / name
    if write and database.named:
        key, m = document_key(study_id, FOLDER), schema.meta
        connection.execute(sa.delete(m).where(m.c.key == key))
        connection.execute(m.insert().values(key=key, value=dumps(str(database.folder))))
    return database.folder / name


def _amended(
    database: Database, connection: sa.Connection, row: sa.Row[Any], asked: tuple[str, Record], change: Change
) -> Amended:
    """Write what may change of a stored study. Raises `StoreError` where it is another study even so."""
    described, record = asked
    stored, before = read_record(connection, row), read_columns(connection, row)
    amended = Amended()
    if change != NOTHING and not same(stored.identity, record.identity):
        others = working(connection, row.id, database.now_s(connection))
        if others:
            raise StoreBusy(f"study {row.name!r} is being searched by {', '.join(others)}: stop it before the study is changed")
        amended = amend(connection, row, stored, (before, described), record, change)
        current = connection.execute(sa.select(schema.study).where(schema.study.c.id == row.id)).one()
        stored, before = read_record(connection, current), read_columns(connection, current)
    check(stored.identity, before, record.identity, described)
    return amended


def _forget_checkpoints(folder: Path | None, stale: Sequence[int]) -> None:
    """Delete checkpoints whose candidate reads otherwise now: a trial that continues one begins again, and says so.

    Before the change is committed: a kill in between costs training time, and never leaves a checkpoint of somebody else.
    """
    if folder is None:
        return
    for number in stale:
        shutil.rmtree(folder / "checkpoints" / str(number), ignore_errors=True)


def _alone(log: SqlLog, kind: str) -> SqlLog:
    """Return the log of a file on a network file system, which one process can use at a time. Raises `StoreBusy`."""
    shown = log.database.shown
    others = [other for other in log.database.holders() if other != owners.shown(log.owner)]
    if others:
        log.disconnect()
        raise StoreBusy(f"{shown} lies on {kind}, where one process can use it at a time, and {', '.join(others)} does")
    log.remarks += (
        f"{shown} lies on {kind}: one process at a time, and slower than a local disk; "
        "for several machines use postgresql://user@host/database",
    )
    return log
