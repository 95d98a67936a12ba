"""Studies on a server: what may be wrong with one, connections that are cut, the folder that machines share, indexes."""

from __future__ import annotations

import sys

import pytest
import sqlalchemy as sa

from backends.store.locations import database_at
from backends.store.sql import SqlStore
from symbolic.language.load import parse
from symbolic.search.events import Result, Trial
from symbolic.search.store import Identity, Record, StoreBusy, StoreError

SPACE = parse("space toy version 1\na = 0..9\nb = 1 | 2 | 3\n")
TABLE = SPACE.lower()
POINTS = [c.point for c in SPACE.sample(8)]


def opened(url, **settings):
    same = Identity("one", SPACE.text(), SPACE.hash, 1, "function", "random")
    return SqlStore(url, **settings).open(same, TABLE, Record(same, same.algorithm))


def changed(url, **query):
    """The URL with other parameters."""
    made = sa.make_url(url)
    return made.set(query={**made.query, **query}).render_as_string(hide_password=False)


def propose(log, *numbers):
    with log.turn() as turn:
        turn.propose([Trial(n, POINTS[n]) for n in numbers], 0.0)


@pytest.fixture
def log(postgresql):
    log = opened(postgresql)
    yield log
    log.disconnect()


@pytest.fixture
def admin(postgresql):
    """A connection beside the store, to the same schema."""
    connection = SqlStore(postgresql).database.connect(write=True)
    yield connection
    connection.close()
    connection.engine.dispose()


def cut(admin, log):
    """End the log's connection from the server's side."""
    pid = log.connection.connection.dbapi_connection.info.backend_pid
    with admin.begin():
        assert admin.execute(sa.select(sa.func.pg_terminate_backend(pid, 10_000))).scalar()


def test_urls(postgresql, monkeypatch):
    pytest.importorskip("psycopg")
    server = database_at("postgres://me:secret@host:99/db?sslmode=require&folder=/shared", sqlite_settings())
    assert server.shown == "postgresql://me:***@host:99/db" and str(server.folder) == "/shared"
    assert dict(server.url.query) == {"sslmode": "require"}
    for wrong, message in [
        ("postgresql://host", "names no database"),
        ("postgresql://host:x/db", "no URL of a database"),
        ("postgresql://h/db?folder=a&folder=b", "2 folders"),
        ("postgresql:/host/db", "made into a path"),
        ("mysql://host/db", "a store is the path of a file"),
    ]:
        with pytest.raises(StoreError, match=message):
            database_at(wrong, sqlite_settings())
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install 'symspace\[postgresql\]'"):
        database_at("postgresql://host/db", sqlite_settings())


def sqlite_settings():
    from backends.store.database import Settings

    return Settings()


def test_a_server_that_is_not_there(tmp_path):
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError, match=r"postgresql://me:\*\*\*@/db.* cannot be reached.*server running"):
        SqlStore(f"postgresql://me:secret@/db?host={tmp_path}").names()


def test_a_database_that_is_not_there(postgresql):
    missing = sa.make_url(postgresql).set(database="no_such_database").render_as_string(hide_password=False)
    with pytest.raises(StoreError, match=r"no_such_database|no such database"):
        SqlStore(missing).names()


def test_a_server_without_studies(postgresql):
    with pytest.raises(StoreError, match="is empty: nothing was searched here yet"):
        SqlStore(postgresql).view("one")


def schema_of(url):
    return sa.make_url(url).query["options"].partition("search_path=")[2]


def test_tables_of_another_program(postgresql):
    plain = sa.make_url(postgresql).set(drivername="postgresql+psycopg").difference_update_query(["folder"])
    engine = sa.create_engine(plain)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table trial (id int)")
    engine.dispose()
    with pytest.raises(StoreError, match=r"another program \(trial\): use a database of its own"):
        opened(postgresql)


def test_a_user_who_may_not_write(postgresql, admin):
    opened(postgresql).disconnect()
    schema = schema_of(postgresql)
    role = f"reader_{schema}"
    with admin.begin():
        admin.exec_driver_sql(f"create role {role}")
        admin.exec_driver_sql(f"grant usage on schema {schema} to {role}")
        admin.exec_driver_sql(f"grant select on all tables in schema {schema} to {role}")
    reader = changed(postgresql, options=f"-csearch_path={schema} -crole={role}")
    try:
        view = SqlStore(reader).view("one")
        assert view.counts().proposed == 0
        view.disconnect()
        with pytest.raises(StoreError, match="may not write"):
            opened(reader)
    finally:
        with admin.begin():
            admin.exec_driver_sql(f"drop owned by {role}")
            admin.exec_driver_sql(f"drop role {role}")


def test_a_turn_connects_again_unless_it_has_written(log, admin):
    propose(log, 0)
    cut(admin, log)
    propose(log, 1)
    assert log.counts().by_status == {"pending": 2}
    with pytest.raises(StoreError, match=r"was stopped|cannot be reached"), log.turn() as turn:
        turn.propose([Trial(2, POINTS[2])], 0.0)
        cut(admin, log)
        turn.propose([Trial(3, POINTS[3])], 0.0)
    propose(log, 2)
    assert log.counts().by_status == {"pending": 3}
    with log.turn() as turn:
        assert turn.seq == 3


def test_a_server_that_stays_away_is_an_error(log, admin, monkeypatch):
    import psycopg

    asked = []

    def refuse(*arguments, **settings):
        asked.append(1)
        raise psycopg.OperationalError("connection refused")

    cut(admin, log)
    with monkeypatch.context() as patched:
        patched.setattr(psycopg, "connect", refuse)
        log.reconnect_s = 0.2
        with pytest.raises(StoreError, match=r"cannot be reached \(connection refused\)"):
            propose(log, 0)
    assert len(asked) >= 2
    propose(log, 0)
    assert log.connection.execute(sa.text("show lock_timeout")).scalar() == "1min"
    log.connection.rollback()


def test_a_locked_study_names_its_holder(log, postgresql):
    impatient = opened(postgresql, busy_timeout_s=0.05)
    with log.turn(), pytest.raises(StoreBusy, match="is locked by process"), impatient.turn():
        pass
    propose(impatient, 0)
    impatient.disconnect()


def test_two_studies_do_not_wait_for_each_other(log, postgresql):
    same = Identity("two", SPACE.text(), SPACE.hash, 1, "function", "random")
    other = SqlStore(postgresql, busy_timeout_s=0.05).open(same, TABLE, Record(same, same.algorithm))
    with log.turn():
        propose(other, 0)
    assert other.counts().proposed == 1 and log.counts().proposed == 0
    other.disconnect()


def test_the_folder_is_stored_with_the_study(postgresql, tmp_path):
    named = opened(postgresql)
    assert named.folder == tmp_path / "shared" / "one"
    named.disconnect()
    plain = sa.make_url(postgresql).difference_update_query(["folder"]).render_as_string(hide_password=False)
    again, view = opened(plain), SqlStore(plain).view("one")
    assert again.folder == view.folder == tmp_path / "shared" / "one"
    again.disconnect()
    view.disconnect()
    moved = opened(changed(postgresql, folder=str(tmp_path / "moved")))
    assert moved.folder == tmp_path / "moved" / "one"
    moved.disconnect()
    view = SqlStore(plain).view("one")
    assert view.folder == tmp_path / "moved" / "one"
    view.disconnect()


def test_a_turn_touches_no_more_rows_in_a_long_study(log):
    """Every statement of a turn finds its rows by an index."""
    statements = []

    def listen(connection, cursor, statement, parameters, context, executemany):
        statements.append((statement, parameters[0] if executemany else parameters))

    sa.event.listen(log.connection.engine, "before_cursor_execute", listen)
    propose(log, 0, 1)
    with log.turn() as turn:
        turn.report(Result(Trial(1, POINTS[1]), "running", {"value": 1.0}, 1.0), stop=False)
        assert turn.finish(Result(Trial(0, POINTS[0]), "ok", {"value": 1.0}))
        turn.adopt(5)
        turn.sources()
        turn.others()
        turn.news(1)
    sa.event.remove(log.connection.engine, "before_cursor_execute", listen)
    texts, named = log.texts, {"study": 1, "wanted": 0, "me": "x", "new_status": "ok"}
    statements += [(text, named) for text in (texts.end, texts.renew, texts.owner)]
    asked = [s for s in statements if s[0].split()[0] in ("SELECT", "UPDATE") and "FROM study" not in s[0]]
    assert len(asked) > 7
    with log.connection.begin():
        log.connection.exec_driver_sql("set local enable_seqscan = off")
        for statement, parameters in asked:
            plan = [row[0] for row in log.connection.exec_driver_sql(f"explain {statement}", parameters)]
            assert not any("Seq Scan" in step for step in plan), (statement, plan)
