"""From what a user names as a store to the database that is meant."""

from __future__ import annotations

import re
from pathlib import Path

import attrs

from backends.store.database import Database, Settings
from backends.store.sqlite import SqliteFile
from symbolic.search.store import StoreError


def database_at(location: str, settings: Settings) -> Database:
    """Return the database at a path or URL. Raises `StoreError` for a URL of another kind.

    >>> database_at("symspace.db", Settings()).shown
    'symspace.db'
    """
    if location == ":memory:":
        raise StoreError("':memory:' is no store: leave the store out to search in memory")
    scheme, found, rest = location.partition("://")
    if not found:
        if location.startswith(("postgresql:/", "postgres:/")):
            raise StoreError(f"{location!r} is a URL made into a path: pass it as text, postgresql://user@host/database")
        return SqliteFile(Path(location), settings)
    rest, durable = without_durable(rest)
    settings = attrs.evolve(settings, durable=settings.durable or durable)
    if scheme in ("sqlite", "sqlite+pysqlite"):
        return SqliteFile(Path(rest.removeprefix("/")), settings)
    if scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        from backends.store.postgresql import server_at

        return server_at(f"postgresql://{rest}", settings)
    raise StoreError(f"{location!r}: a store is the path of a file (SQLite), or postgresql://user@host/database")


def without_durable(rest: str) -> tuple[str, bool]:
    """Return a URL without `durable=true`, and whether it was there.

    >>> without_durable("/s.db?durable=true"), without_durable("host/db?durable=true&folder=x")
    (('/s.db', True), ('host/db?folder=x', True))
    """
    found = re.sub(r"(?<=[?&])durable=true(&|$)", "", rest)
    return found.rstrip("?&"), found != rest
