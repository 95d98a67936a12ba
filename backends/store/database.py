"""Opening the database: one connection a process, a lock a turn, and every low-level error wrapped once."""

from __future__ import annotations

import sqlite3
import struct
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from backends.store import owners, schema
from backends.store.filesystem import network
from symbolic.search.store import StoreBusy, StoreError

_HEADER = b"SQLite format 3\0"
_WAL_TRIES, _WAL_PAUSE_S = 200, 0.05


@attrs.frozen
class Settings:
    """`durable`: a power cut loses nothing either (about six times slower). `busy_timeout_s`: how long to wait for a lock."""

    durable: bool = False
    busy_timeout_s: float = 60.0


def path_of(location: str) -> Path:
    """Return the file of a location. Raises `StoreError` for a URL of another database."""
    if location == ":memory:":
        raise StoreError("':memory:' is no store: leave the store out to search in memory")
    url = location.partition("://")
    if not url[1]:
        return Path(location)
    if url[0] in ("sqlite", "sqlite+pysqlite"):
        return Path(url[2].removeprefix("/"))
    raise StoreError(f"{location!r}: stores other than SQLite files are not supported yet; give the path of a file")


def connect(path: Path, settings: Settings, *, write: bool) -> sa.Connection:
    """Open the file, creating it and its tables if `write`. Raises `StoreError` for a file that holds no studies."""
    if not write and not path.exists():
        raise StoreError(f"there is no store {path}: nothing was searched here yet")
    check_file(path)
    with wrapped(path):
        engine = sa.create_engine(
            f"sqlite:///{path}",
            poolclass=StaticPool,
            connect_args={"timeout": settings.busy_timeout_s, "isolation_level": None, "check_same_thread": False},
        )
        sa.event.listen(engine, "begin", _begin_immediate if write else _begin)
        connection = engine.connect()
        _prepare(connection, path, settings, write)
    return connection


def _begin_immediate(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")


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


def _prepare(connection: sa.Connection, path: Path, settings: Settings, write: bool) -> None:
    application = _direct(connection, "PRAGMA application_id")
    tables = _direct(connection, "SELECT group_concat(name, ', ') FROM sqlite_master WHERE type = 'table'")
    if tables and application != schema.APPLICATION_ID:
        raise StoreError(f"{path} is no store: a database of another program (tables {tables})")
    if not tables and not write:
        raise StoreError(f"{path} is empty: nothing was searched here yet")
    if write:
        if network(path) is None:
            _switch_to_wal(connection)
        else:
            _direct(connection, "PRAGMA journal_mode=DELETE")
        _direct(connection, f"PRAGMA synchronous={'FULL' if settings.durable else 'NORMAL'}")
        if not tables:
            _create(connection)
    _check_version(connection, path)


def _direct(connection: sa.Connection, statement: str) -> Any:
    """Run a statement outside a transaction, on the driver's own cursor; return its first value."""
    driver = connection.connection.dbapi_connection
    assert driver is not None
    row = driver.cursor().execute(statement).fetchone()
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


def _create(connection: sa.Connection) -> None:
    from symbolic.search.versions import versions

    with connection.begin():
        connection.exec_driver_sql(f"PRAGMA application_id={schema.APPLICATION_ID}")
        schema.metadata.create_all(connection)
        rows = [
            {"key": "schema_version", "value": str(schema.VERSION)},
            {"key": "created_by", "value": f"symspace {versions()['symspace']}"},
        ]
        for row in rows:
            if connection.execute(sa.select(schema.meta.c.key).where(schema.meta.c.key == row["key"])).first() is None:
                connection.execute(schema.meta.insert(), row)


def _check_version(connection: sa.Connection, path: Path) -> None:
    with connection.begin():
        stored = {row.key: row.value for row in connection.execute(sa.select(schema.meta))}
    version = int(stored.get("schema_version", schema.VERSION))
    if version > schema.VERSION:
        raise StoreError(
            f"{path} has schema version {version} (made by {stored.get('created_by', 'a newer symspace')}), "
            f"this library reads up to {schema.VERSION}: update symspace"
        )


@contextmanager
def wrapped(path: Path) -> Iterator[None]:
    """Turn errors of the driver inside the block into `StoreError`, with what to do."""
    try:
        yield
    except (sa.exc.DBAPIError, sqlite3.Error) as e:
        cause = e.orig if isinstance(e, sa.exc.DBAPIError) else e
        raise error(path, str(cause)) from e
    except PermissionError as e:
        raise StoreError(f"{path} cannot be opened: {e.strerror}") from e


def holders(path: Path) -> list[str]:
    """Return the live processes that have a study of the file open, as a person reads them; none where that cannot be read."""
    query = "SELECT id, beat_s FROM process WHERE ended_s IS NULL"
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1.0)) as reader:
            rows = reader.execute(query).fetchall()
    except sqlite3.Error:
        return []
    return [owners.shown(owner) for owner, beat_s in rows if owners.alive(owner, beat_s, time.time())]


def error(path: Path, cause: str) -> StoreError:
    """Return what a driver's message means for the user."""
    if "locked" in cause or "busy" in cause:
        return StoreBusy(f"{path} is locked by {' or '.join(holders(path)) or 'another process'}; wait for it, or end it")
    if "full" in cause:
        return StoreError(f"{path}: the disk is full; nothing that was recorded is lost. Make room and resume")
    if "readonly" in cause or "unable to open" in cause:
        return StoreError(f"{path} cannot be written ({cause}): check the permissions of the file and its folder")
    if "malformed" in cause or "not a database" in cause:
        return StoreError(f"{path} is damaged ({cause}); save what can be saved: {recover(path)}")
    return StoreError(f"{path}: {cause}")
