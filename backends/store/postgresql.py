"""Studies in a database of a PostgreSQL server, `postgresql://user@host/database`: for many machines on one study.

The driver is psycopg 3, of the extra `postgresql`. `?folder=/shared/folder` names where checkpoints and snapshots lie, on
storage that all machines see; it is stored with a study, so that it needs to be named once. Every other parameter of the URL
is the server's (`sslmode`, `options`, ...).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from backends.store import owners, schema
from backends.store.database import Settings, check_version, create, wrapped
from symbolic.search.store import StoreBusy, StoreError

FOLDER = "folder"
CONNECT_S = 10
_LOCK = 0x73796D73706163
"""The key of the advisory lock; no other program should use it."""
_ERRORS = {
    "28P01": "the password is wrong",
    "28000": "the server does not let this user in",
    "3D000": "there is no such database; make one: createdb NAME",
    "42501": "the user may not write there: grant it the right to create tables in the schema",
    "25006": "the database is read-only",
    "53100": "the server's disk is full; nothing that was recorded is lost. Make room and resume",
    "53300": "the server has no free connection",
    "57P01": "the server was stopped; nothing that was recorded is lost. Start it and resume",
}
_BUSY = ("55P03", "40P01")


@attrs.frozen
class PostgresServer:
    """The database that a URL names."""

    url: sa.URL
    folder: Path | None = None
    settings: Settings = Settings()

    @property
    def shown(self) -> str:
        """The URL without its password, and of its parameters those that say where the server is."""
        where = {key: value for key, value in self.url.query.items() if key in ("host", "port")}
        plain = self.url.set(drivername="postgresql", query=where)
        return plain.render_as_string(hide_password=True)

    @property
    def named(self) -> bool:
        """Nothing but the user says where the machines share a folder."""
        return self.folder is not None

    @property
    def alone(self) -> None:
        """Many processes may use it."""
        return None

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """The class of the driver's errors."""
        import psycopg

        return (psycopg.Error,)

    def connect(self, *, write: bool) -> sa.Connection:
        """Open the database, making its tables if `write`. Raises `StoreError` where it cannot be reached."""
        with wrapped(self):
            engine = sa.create_engine(
                self.url,
                poolclass=NullPool,
                isolation_level="READ COMMITTED",
                connect_args={"connect_timeout": CONNECT_S, "application_name": "symspace"},
            )
            sa.event.listen(engine, "connect", self._settle)
            connection = engine.connect()
            try:
                self._prepare(connection, write)
            except BaseException:
                connection.close()
                engine.dispose()
                raise
        return connection

    def _prepare(self, connection: sa.Connection, write: bool) -> None:
        with connection.begin():
            found = set(sa.inspect(connection).get_table_names()) & set(schema.metadata.tables)
            if found and not self._ours(connection, found):
                raise StoreError(
                    f"{self.shown} holds tables of another program ({', '.join(sorted(found))}): use a database of its own"
                )
            if not found and not write:
                raise StoreError(f"{self.shown} is empty: nothing was searched here yet")
            if not found:
                self.lock(connection)
                create(self, connection)
        check_version(self, connection)

    def _settle(self, driver: Any, record: object) -> None:
        """Say to a new connection how long it waits for a lock, and when the server may think that its machine is gone."""
        wait = {"lock_timeout": f"{max(1, round(self.settings.busy_timeout_s * 1000))}ms"}
        gone = {"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}
        durable = {"synchronous_commit": "on"} if self.settings.durable else {}
        for name, value in {**wait, **gone, **durable}.items():
            driver.execute("select set_config(%s, %s, false)", (name, value))
        driver.commit()

    def _ours(self, connection: sa.Connection, found: set[str]) -> bool:
        if schema.meta.name not in found:
            return False
        columns = {column["name"] for column in sa.inspect(connection).get_columns(schema.meta.name)}
        if columns != {"key", "value"}:
            return False
        query = sa.select(schema.meta.c.value).where(schema.meta.c.key == "created_by")
        return str(connection.execute(query).scalar()).startswith("symspace")

    def lock(self, connection: sa.Connection) -> None:
        """Take the advisory lock until the transaction ends."""
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))

    def now_s(self, connection: sa.Connection) -> float:
        """Return the server's time."""
        return float(connection.execute(sa.select(sa.extract("epoch", sa.func.clock_timestamp()))).scalar_one())

    def holders(self) -> list[str]:
        """Return the live processes that have a study open; none where that cannot be read."""
        p = schema.process.c
        try:
            connection = self.connect(write=False)
        except StoreError:
            return []
        try:
            with connection.begin():
                now_s = self.now_s(connection)
                rows = connection.execute(sa.select(p.id, p.beat_s).where(p.ended_s.is_(None))).all()
        except sa.exc.SQLAlchemyError:
            return []
        finally:
            connection.close()
        return [owners.shown(row.id) for row in rows if owners.alive(row.id, row.beat_s, now_s)]

    def lost(self, error: Exception) -> bool:
        """Return whether the connection is gone or cannot be made: the server restarts, or the network was cut."""
        import psycopg

        cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        state = str(getattr(cause, "sqlstate", None) or "")
        return (isinstance(cause, psycopg.OperationalError) and not state) or state.startswith(("08", "57P"))

    def error(self, cause: BaseException) -> StoreError:
        """Return what an error of the driver means, by its SQLSTATE."""
        state = str(getattr(cause, "sqlstate", None) or "")
        first = (str(cause).strip().splitlines() or [type(cause).__name__])[0]
        if state in _BUSY:
            holders = " or ".join(self.holders()) or "another process"
            return StoreBusy(f"{self.shown} is locked by {holders}; wait for it, or end it")
        if state in _ERRORS:
            return StoreError(f"{self.shown}: {_ERRORS[state]} ({first})")
        if not state:
            return StoreError(
                f"{self.shown} cannot be reached ({first}): is the server running, and are host, port, user and "
                "database right? What was recorded is kept"
            )
        return StoreError(f"{self.shown}: {first}")


def server_at(location: str, settings: Settings) -> PostgresServer:
    """Return the database of a URL. Raises `StoreError` for a URL that cannot be read, or where the driver is missing."""
    try:
        url = sa.make_url(location)
    except (sa.exc.ArgumentError, ValueError) as e:
        raise StoreError(f"{location!r} is no URL of a database: write postgresql://user@host/database") from e
    try:
        import psycopg  # noqa: F401  # asked for here, so that its absence is told with the remedy
    except ImportError as e:
        raise StoreError("a store on PostgreSQL needs psycopg: pip install 'symspace[postgresql]'") from e
    if not url.database:
        raise StoreError(f"{location!r} names no database: write postgresql://user@host/database")
    folder: Any = url.query.get(FOLDER)
    if isinstance(folder, tuple):
        raise StoreError(f"the URL names {len(folder)} folders: name one")
    plain = url.set(drivername="postgresql+psycopg").difference_update_query([FOLDER])
    return PostgresServer(plain, None if folder is None else Path(folder).absolute(), settings)
