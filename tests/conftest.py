"""What tests of several rooms share: a place on a PostgreSQL server, where one is named."""

from __future__ import annotations

import os
import uuid

import pytest

POSTGRESQL = "SYMSPACE_TEST_POSTGRESQL"
"""Names a server for tests, `postgresql://user@host/database`; each test makes and drops a schema of its own there."""


@pytest.fixture
def postgresql(tmp_path):
    """A store on a server, empty: the URL of a schema of its own, with a folder."""
    server = os.environ.get(POSTGRESQL)
    if not server:
        pytest.skip(f"{POSTGRESQL} names no server")
    import sqlalchemy as sa

    url = sa.make_url(server).set(drivername="postgresql+psycopg")
    schema = f"test_{uuid.uuid4().hex}"
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"create schema {schema}")
    mine = url.set(drivername="postgresql").update_query_dict(
        {"options": f"-csearch_path={schema}", "folder": str(tmp_path / "shared")}, append=True
    )
    yield mine.render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql("set lock_timeout = '10s'")
        connection.exec_driver_sql(f"drop schema {schema} cascade")
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request, tmp_path):
    """A store that does not exist yet: a file, and a database of a server."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql")
    return str(tmp_path / "s.db")
