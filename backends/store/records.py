"""What a store holds of a study beside its events: its row, its space, named documents."""

from __future__ import annotations

import time
from typing import Any

import attrs
import sqlalchemy as sa

from backends.store import schema
from backends.store.generations import Generation, Points, points
from backends.store.rows import budget_of, options_of
from symbolic.search.events import Plain
from symbolic.search.plain import dumps, loads
from symbolic.search.problem import Budget
from symbolic.search.store import Identity, Record
from symbolic.table.table import Table

OUTDATED = "outdated"
"""The document with the numbers of trials whose candidate has no meaning in the newest space."""


def create(connection: sa.Connection, record: Record, described: str) -> None:
    """Write the rows of a new study whose points are written with the columns `described`."""
    identity = record.identity
    row = {
        "name": identity.name,
        "created_s": time.time(),
        "space_version": identity.space_version,
        "task": identity.task,
        "backend": identity.backend,
        "algorithm": record.algorithm,
        "seed": identity.seed,
        "options": options_of(record),
        "context": dumps(dict(record.context)),
        "versions": dumps(dict(record.versions)),
        "budget": dumps(attrs.asdict(record.budget)),
        "seq": 0,
        "next": 0,
        "elapsed_s": 0.0,
        "cost_s": 0.0,
        "state": "open",
        "why": None,
    }
    study_id = connection.execute(schema.study.insert(), row).inserted_primary_key[0]  # type: ignore[index]
    connection.execute(
        schema.space.insert(),
        {
            "study_id": study_id,
            "version": identity.space_version,
            "text": identity.space,
            "hash": identity.space_hash,
            "columns": described,
            "from_number": 0,
        },
    )


def _space(connection: sa.Connection, study: sa.Row[Any]) -> sa.Row[Any]:
    c = schema.space.c
    return connection.execute(sa.select(schema.space).where(c.study_id == study.id, c.version == study.space_version)).one()


def read_columns(connection: sa.Connection, study: sa.Row[Any]) -> str:
    """Return the columns a study's points are written with."""
    return str(_space(connection, study).columns)


def generations(connection: sa.Connection, study_id: int) -> list[Generation]:
    """Return the versions of a study's space, oldest first."""
    c = schema.space.c
    rows = connection.execute(sa.select(schema.space).where(c.study_id == study_id).order_by(c.version))
    return [Generation(row.version, row.text, row.columns) for row in rows]


def read_points(connection: sa.Connection, study: sa.Row[Any], table: Table) -> Points:
    """Return the reader of a study's points, as those of `table`."""
    outdated = document(connection, study.id, OUTDATED) or ()
    since = loads(study.options).get("since", 0)
    return points(generations(connection, study.id), study.space_version, table, outdated, since)


def read_record(connection: sa.Connection, row: sa.Row[Any]) -> Record:
    """Return what a study's row says."""
    space, options = _space(connection, row), loads(row.options)
    identity = Identity(
        row.name, space.text, space.hash, space.version, row.backend, options["asked"], row.task, row.seed, options["loop"]
    )
    return Record(
        identity,
        row.algorithm,
        options["scaled"],
        loads(row.context),
        loads(row.versions),
        Budget(**budget_of(row.budget)),
        row.state,
        row.why,
        row.elapsed_s,
        row.cost_s,
        row.created_s,
    )


def document_key(study_id: int, name: str) -> str:
    """Return the key of a named document of a study in `meta`."""
    return f"study/{study_id}/{name}"


def document(connection: sa.Connection, study_id: int, name: str) -> Plain:
    """Return a named document, None where there is none."""
    m = schema.meta
    row = connection.execute(sa.select(m.c.value).where(m.c.key == document_key(study_id, name))).first()
    return None if row is None else loads(row.value)


def put_document(connection: sa.Connection, study_id: int, name: str, value: Plain) -> None:
    """Write a named document of a study."""
    key, m = document_key(study_id, name), schema.meta
    connection.execute(sa.delete(m).where(m.c.key == key))
    connection.execute(m.insert().values(key=key, value=dumps(value)))
