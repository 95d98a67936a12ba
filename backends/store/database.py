"""Where studies lie: a file of SQLite's or a database of a PostgreSQL server. All that differs between them is told here.

    lock of a turn       SQLite: `begin immediate`; PostgreSQL: `select ... for update` of the study's row
    lock of the whole    SQLite: the same; PostgreSQL: an advisory lock, for making tables and studies
    clock                SQLite: the host's; PostgreSQL: the server's, since hosts may differ
    folder               SQLite: beside the file; PostgreSQL: the one that is named
    lost connection      SQLite: never; PostgreSQL: a turn that has not written yet connects again

Everything else is one code path, and errors of the drivers are turned into `StoreError` once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import attrs
import sqlalchemy as sa

from backends.store import schema
from symbolic.search.store import StoreError


@attrs.frozen
class Settings:
    """`durable`: a power cut loses nothing either (about six times slower). `busy_timeout_s`: how long to wait for a lock."""

    durable: bool = False
    busy_timeout_s: float = 60.0


class Database(Protocol):
    """A place of studies."""

    @property
    def shown(self) -> str:
        """How messages name it, without a password."""

    @property
    def folder(self) -> Path | None:
        """The folder of what is no row; None: the one stored with the study, if any."""

    @property
    def named(self) -> bool:
        """Whether the user names that folder, so that it has to be stored for those who do not."""

    @property
    def alone(self) -> str | None:
        """What it lies on, where that lets one process in at a time."""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """The class of the driver's errors."""

    def connect(self, *, write: bool) -> sa.Connection:
        """Open it, making it and its tables if `write`. Raises `StoreError` where it holds no studies."""

    def lock(self, connection: sa.Connection) -> None:
        """Keep others from making tables and studies until the transaction ends."""

    def now_s(self, connection: sa.Connection) -> float:
        """Return the time by the clock that all processes share, in UTC seconds."""

    def holders(self) -> list[str]:
        """Return the live processes that have a study open, as a person reads them; none where that cannot be read."""

    def lost(self, error: Exception) -> bool:
        """Return whether an error means that the connection is gone, so that another one may do better."""

    def error(self, cause: BaseException) -> StoreError:
        """Return what a driver's error means for the user."""


@contextmanager
def wrapped(database: Database) -> Iterator[None]:
    """Turn errors of the driver inside the block into `StoreError`, with what to do."""
    errors: tuple[type[Exception], ...] = (sa.exc.SQLAlchemyError, *database.errors)
    try:
        yield
    except sa.exc.DBAPIError as e:
        raise database.error(e.orig if e.orig is not None else e) from e
    except errors as e:
        raise database.error(e) from e
    except PermissionError as e:
        raise StoreError(f"{database.shown} cannot be opened: {e.strerror}") from e


def create(database: Database, connection: sa.Connection) -> None:
    """Make the tables, in a transaction that holds the lock: what another process made meanwhile stays."""
    from symbolic.search.versions import versions

    schema.metadata.create_all(connection)
    rows = [
        {"key": "schema_version", "value": str(schema.VERSION)},
        {"key": "created_by", "value": f"symspace {versions()['symspace']}"},
    ]
    for row in rows:
        if connection.execute(sa.select(schema.meta.c.key).where(schema.meta.c.key == row["key"])).first() is None:
            connection.execute(schema.meta.insert(), row)


def check_version(database: Database, connection: sa.Connection) -> None:
    """Raise `StoreError` for tables of a newer library."""
    with connection.begin():
        stored = {row.key: row.value for row in connection.execute(sa.select(schema.meta))}
    version = int(stored.get("schema_version", schema.VERSION))
    if version > schema.VERSION:
        raise StoreError(
            f"{database.shown} has schema version {version} (made by {stored.get('created_by', 'a newer symspace')}), "
            f"this library reads up to {schema.VERSION}: update symspace"
        )
