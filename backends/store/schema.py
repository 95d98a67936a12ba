"""The tables of a store. Text columns hold canonical JSON of `symbolic.search.plain`; times are UTC seconds.

Changing anything here means a new `VERSION` and a migration.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, MetaData, PrimaryKeyConstraint, Table, Text, text

VERSION = 1
APPLICATION_ID = 0x73796D73
"""`syms`, in the header of an SQLite file."""

metadata = MetaData()

meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

study = Table(
    "study",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_s", Float, nullable=False),
    Column("space_version", Integer, nullable=False),
    Column("task", Text),
    Column("backend", Text, nullable=False),
    Column("algorithm", Text, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("options", Text, nullable=False),
    Column("context", Text, nullable=False),
    Column("versions", Text, nullable=False),
    Column("budget", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("next", BigInteger, nullable=False),
    Column("elapsed_s", Float, nullable=False),
    Column("cost_s", Float, nullable=False),
    Column("state", Text, nullable=False),
    Column("why", Text),
)

space = Table(
    "space",
    metadata,
    Column("study_id", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("columns", Text, nullable=False),
    Column("from_number", BigInteger, nullable=False),
    PrimaryKeyConstraint("study_id", "version"),
)

trial = Table(
    "trial",
    metadata,
    Column("study_id", Integer, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("space_version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("point", Text, nullable=False),
    Column("key", BigInteger, nullable=False),
    Column("fidelity", Float),
    Column("continue_from", BigInteger),
    Column("reached", Float, nullable=False),
    Column("clock_s", Float, nullable=False),
    Column("created_s", Float, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("study_id", "number"),
)
_unfinished = text("status in ('pending', 'arrived')")
Index("trial_seq", trial.c.study_id, trial.c.seq, unique=True)
Index("trial_key", trial.c.study_id, trial.c.key)
Index("trial_unfinished", trial.c.study_id, trial.c.status, sqlite_where=_unfinished, postgresql_where=_unfinished)

result = Table(
    "result",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("study_id", Integer, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("seq", BigInteger),
    Column("final", Integer, nullable=False),
    Column("fidelity", Float),
    Column("stop", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("metrics", Text, nullable=False),
    Column("cost_s", Float, nullable=False),
    Column("failure", Text),
    Column("worker", Text, nullable=False),
    Column("started_s", Float, nullable=False),
    Column("ended_s", Float, nullable=False),
)
Index("result_seq", result.c.study_id, result.c.seq, unique=True)
Index(
    "result_final",
    result.c.study_id,
    result.c.number,
    unique=True,
    sqlite_where=text("final = 1"),
    postgresql_where=text("final = 1"),
)
Index(
    "result_report",
    result.c.study_id,
    result.c.number,
    result.c.fidelity,
    unique=True,
    sqlite_where=text("final = 0"),
    postgresql_where=text("final = 0"),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("study_id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("next", BigInteger, nullable=False),
    Column("folder", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("versions", Text, nullable=False),
    Column("created_s", Float, nullable=False),
)

process = Table(
    "process",
    metadata,
    Column("id", Text, primary_key=True),
    Column("study_id", Integer, nullable=False),
    Column("started_s", Float, nullable=False),
    Column("beat_s", Float, nullable=False),
    Column("ended_s", Float),
)
