"""Studies in a file of SQLite's: one connection, a lock a turn, and what may be wrong with a file."""

from __future__ import annotations

import sqlite3
import struct
import time
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from backends.store import owners, schema
from backends.store.database import Settings, check_version, create, wrapped
from backends.store.filesystem import network
from symbolic.search.store import StoreBusy, StoreError

_HEADER = b"SQLite format 3\0"
_WAL_TRIES, _WAL_PAUSE_S = 200, 0.05


@attrs.frozen(slots=False)
class SqliteFile:
    """The file at `path`."""

    path: Path
    settings: Settings = Settings()

    @property
    def shown(self) -> str:
        """The path."""
        return str(self.path)

    @property
    def folder(self) -> Path:
        """The folder beside the file."""
        return self.path.with_name(self.path.name + ".d")

    @property
    def named(self) -> bool:
        """The folder follows from the file."""
        return False

    @cached_property
    def alone(self) -> str | None:
        """The type of the network file system the file lies on, where SQLite's locks do not work; None for a local one."""
        return network(self.path)

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """The class of the driver's errors."""
        return (sqlite3.Error,)

    def connect(self, *, write: bool) -> sa.Connection:
        """Open the file, creating it and its tables if `write`. Raises `StoreError` for a file that holds no studies."""
        if not write and not self.path.exists():
            raise StoreError(f"there is no store {self.path}: nothing was searched here yet")
        check_file(self.path)
        with wrapped(self):
            engine = sa.create_engine(
                f"sqlite:///{self.path}",
                poolclass=StaticPool,
                connect_args={
                    "timeout": self.settings.busy_timeout_s,
                    "isolation_level": None,
                    "check_same_thread": False,
                    "cached_statements": 256,
                },
            )
            sa.event.listen(engine, "begin", _begin_immediate if write else _begin)
            connection = engine.connect()
            try:
                self._prepare(connection, write)
            except BaseException:
                connection.close()
                engine.dispose()
                raise
        return connection

    def _prepare(self, connection: sa.Connection, write: bool) -> None:
        application = _direct(connection, "PRAGMA application_id")
        tables = _direct(connection, "SELECT group_concat(name, ', ') FROM sqlite_master WHERE type = 'table'")
        if tables and application != schema.APPLICATION_ID:
            raise StoreError(f"{self.path} is no store: a database of another program (tables {tables})")
        if not tables and not write:
            raise StoreError(f"{self.path} is empty: nothing was searched here yet")
        if write:
            if self.alone is None:
                _switch_to_wal(connection)
            else:
                _direct(connection, "PRAGMA journal_mode=DELETE")
            _direct(connection, f"PRAGMA synchronous={'FULL' if self.settings.durable else 'NORMAL'}")
            if not tables:
                with connection.begin():
                    connection.exec_driver_sql(f"PRAGMA application_id={schema.APPLICATION_ID}")
                    create(self, connection)
        check_version(self, connection)

    def lock(self, connection: sa.Connection) -> None:
        """Do nothing: a transaction that may write holds the lock from its beginning."""

    def now_s(self, connection: sa.Connection) -> float:
        """Return the host's time."""
        return time.time()

    def holders(self) -> list[str]:
        """Return the live processes that have a study of the file open; none where that cannot be read."""
        query = "SELECT id, beat_s FROM process WHERE ended_s IS NULL"
        try:
            with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=1.0)) as reader:
                rows = reader.execute(query).fetchall()
        except sqlite3.Error:
            return []
        return [owners.shown(owner) for owner, beat_s in rows if owners.alive(owner, beat_s, time.time())]

    def lost(self, error: Exception) -> bool:
        """A file is never lost."""
        return False

    def error(self, cause: BaseException) -> StoreError:
        """Return what a message of the driver means."""
        text, path = str(cause), self.path
        if "locked" in text or "busy" in text:
            return StoreBusy(f"{path} is locked by {' or '.join(self.holders()) or 'another process'}; wait for it, or end it")
        if "full" in text:
            return StoreError(f"{path}: the disk is full; nothing that was recorded is lost. Make room and resume")
        if "readonly" in text or "unable to open" in text:
            return StoreError(f"{path} cannot be written ({text}): check the permissions of the file and its folder")
        if "disk I/O error" in text:
            return StoreError(
                f"{path} cannot be read or written ({text}): is the disk full, a limit on the size of files reached, or the "
                "device gone? What was recorded is kept; make room and resume"
            )
        if "malformed" in text or "not a database" in text:
            return StoreError(f"{path} is damaged ({text}); save what can be saved: {recover(path)}")
        return StoreError(f"{path}: {text}")


def _begin_immediate(connection: sa.Connection) -> None:
    _driver(connection).execute("BEGIN IMMEDIATE")


def _begin(connection: sa.Connection) -> None:
    _driver(connection).execute("BEGIN")


def _driver(connection: sa.Connection) -> Any:
    driver = connection.connection.dbapi_connection
    assert driver is not None
    return driver


def check_file(path: Path) -> None:
    """Raise `StoreError` for a file that is no SQLite database, or was cut short."""
    if path.is_dir():
        raise StoreError(f"{path} is a folder; a store is a file")
    if not path.parent.is_dir():
        raise StoreError(f"{path}: the folder {path.parent} does not exist")
    if not path.exists() or not (size := path.stat().st_size):
        return
    with path.open("rb") as file:
        head = file.read(100)
    if not head.startswith(_HEADER):
        raise StoreError(f"{path} is no store: not an SQLite file")
    wal = path.with_name(path.name + "-wal")
    if wal.exists() and wal.stat().st_size:
        return
    page = int.from_bytes(head[16:18], "big")
    (pages,) = struct.unpack(">I", head[28:32])
    if size < pages * (65536 if page == 1 else page):
        raise StoreError(f"{path} is truncated: {size} bytes of {pages} pages; copy it again, or recover it: {recover(path)}")


def recover(path: Path) -> str:
    """Return the command that saves what can be saved of a damaged file."""
    return f'sqlite3 {path} ".recover" | sqlite3 recovered.db'


def _direct(connection: sa.Connection, statement: str) -> Any:
    """Run a statement outside a transaction, on the driver's own cursor; return its first value."""
    row = _driver(connection).execute(statement).fetchone()
    return None if row is None else row[0]


def _switch_to_wal(connection: sa.Connection) -> None:
    """Switching ignores the time-out, so it is tried again by hand."""
    for attempt in range(_WAL_TRIES):
        try:
            _direct(connection, "PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as e:
            if "locked" not in str(e) or attempt == _WAL_TRIES - 1:
                raise
            time.sleep(_WAL_PAUSE_S)
