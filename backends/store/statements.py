"""The statements of every turn, as text for the driver of a database.

A turn without competitors is a few short statements, of which SQLAlchemy's share would be three quarters of the time: they
are written in its language, once for both kinds of database, compiled when a log is opened, and given to the driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from backends.store import schema

_t, _r, _s = schema.trial.c, schema.result.c, schema.study.c
_STUDY: sa.BindParameter[int] = sa.bindparam("study")

HEAD = sa.select(_s.seq, _s.next, _s.elapsed_s, _s.cost_s).where(_s.id == _STUDY).with_for_update()
"""Reads the counters, and locks the study where beginning a transaction does not."""
_SAVE = (
    sa.update(schema.study)
    .where(_s.id == _STUDY)
    .values(
        seq=sa.bindparam("new_seq"),
        next=sa.bindparam("new_next"),
        elapsed_s=sa.bindparam("new_elapsed"),
        cost_s=sa.bindparam("new_cost"),
    )
)
_END = (
    sa.update(schema.trial)
    .where(
        _t.study_id == _STUDY,
        _t.number == sa.bindparam("wanted"),
        _t.owner == sa.bindparam("me"),
        _t.status == sa.literal_column("'pending'"),
    )
    .values(status=sa.bindparam("new_status"))
)
_RENEW = (
    sa.update(schema.trial)
    .where(_t.study_id == _STUDY, _t.number == sa.bindparam("wanted"), _t.attempts > sa.literal_column("0"))
    .values(attempts=sa.literal_column("0"))
)
_OWNER = sa.select(_t.owner).where(_t.study_id == _STUDY, _t.number == sa.bindparam("wanted"))


@attrs.frozen
class Statements:
    """`head`, `save`: the study's counters; `add_trial`, `add_result`: a row; `end`, `renew`, `owner`: of a trial."""

    head: str
    save: str
    add_trial: str
    add_result: str
    end: str
    renew: str
    owner: str


def statements(dialect: sa.Dialect) -> Statements:
    """Return the texts for a dialect, with parameters by name."""
    named = sqlite.dialect(paramstyle="named") if dialect.name == "sqlite" else dialect

    def text(statement: sa.ClauseElement, columns: Sequence[str] | None = None) -> str:
        compiled: Any = statement.compile(dialect=named, column_keys=columns)
        return str(compiled)

    trial = [c.name for c in schema.trial.c]
    result = [c.name for c in schema.result.c if c.name != "id"]
    return Statements(
        text(HEAD),
        text(_SAVE),
        text(sa.insert(schema.trial).inline(), trial),
        text(sa.insert(schema.result).inline(), result),
        text(_END),
        text(_RENEW),
        text(_OWNER),
    )
