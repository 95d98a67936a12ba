"""Between the words of a search and the rows of the store."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import attrs
import sqlalchemy as sa

from backends.store.columns import write
from backends.store.generations import Points
from symbolic.points import Point
from symbolic.search.events import Failure, Result, Trial
from symbolic.search.plain import decode_schedules, dumps, encode_schedules, loads, read_json
from symbolic.search.store import Entry, Record

_BODY = ("batches", "progress", "inherit_from")
_DEFAULTS = {f.name: f.default for f in attrs.fields(Trial)}
Row = sa.Row[Any]


def trial_row(trial: Trial, *, clock_s: float, now_s: float) -> dict[str, Any]:
    """Return the columns of a pending trial, but study, sequence, space version and owner."""
    assert isinstance(trial.point, Point), "a durable trial evaluates a candidate"
    return {
        "number": trial.number,
        "status": "pending",
        "attempts": 0,
        "purpose": trial.purpose,
        "origin": trial.origin,
        "point": write(trial.point),
        "key": key_of(trial.point),
        "fidelity": trial.fidelity,
        "continue_from": trial.continue_from,
        "reached": trial.reached,
        "clock_s": clock_s,
        "created_s": now_s,
        "body": dumps(_body(trial)) if _has_body(trial) else "{}",
    }


def _has_body(trial: Trial) -> bool:
    return bool(trial.memo or trial.schedule) or any(getattr(trial, n) != _DEFAULTS[n] for n in _BODY)


def _body(trial: Trial) -> dict[str, Any]:
    """What has no column of its own; defaults are left out."""
    body: dict[str, Any] = {n: getattr(trial, n) for n in _BODY if getattr(trial, n) != _DEFAULTS[n]}
    if trial.memo:
        body["memo"] = dict(trial.memo)
    if trial.schedule:
        body["schedule"] = encode_schedules(trial.schedule)
    return body


def key_of(point: Point) -> int:
    """Return 63 bits of a hash of a point."""
    return int.from_bytes(hashlib.blake2b(point.key, digest_size=8).digest(), "big") >> 1


def trial_of(row: Row, reader: Points) -> Trial:
    """Return the trial of a row that is not outdated, its point as one of the newest space."""
    return _trial(row, reader.read(row.point, row.space_version), reader)


def _trial(row: Row, point: Point, reader: Points) -> Trial:
    body = loads(row.body) if row.body != "{}" else {}
    return Trial(
        row.number,
        point,
        row.purpose,
        reader.fidelity(row.fidelity, row.space_version),
        row.continue_from,
        row.reached,
        body.get("batches"),
        body.get("progress", 0.0),
        decode_schedules(body.get("schedule", {})),
        reader.memo(row.number, body.get("memo", {})),
        row.origin,
        body.get("inherit_from"),
    )


def result_row(result: Result, *, stop: bool, worker: str, now_s: float) -> dict[str, Any]:
    """Return the columns of a result, but study and sequence."""
    return {
        "number": result.trial.number,
        "final": int(result.final),
        "fidelity": result.fidelity,
        "stop": int(stop),
        "status": result.status,
        "metrics": dumps({k: float(v) for k, v in result.metrics.items()}),
        "cost_s": float(result.cost_s),
        "failure": None if result.failure is None else dumps(attrs.asdict(result.failure)),
        "worker": worker,
        "started_s": now_s - float(result.cost_s),
        "ended_s": now_s,
    }


def result_of(row: Row, trial: Trial) -> Result:
    """Return the result of a row."""
    failure = None if row.failure is None else Failure(**read_json(row.failure))
    return Result(trial, row.status, loads(row.metrics), row.fidelity, row.cost_s, None, failure)


def entry_of(trial: Row, final: Row | None, reader: Points) -> Entry:
    """Return a trial with its final result as the log has it; an outdated one in the space it belongs to."""
    space = None
    if trial.number in reader.outdated:
        point, space = reader.history(trial.point, trial.space_version)
        read = _trial(trial, point, reader)
    else:
        read = trial_of(trial, reader)
    if final is None:
        return Entry(read, trial.status, None, trial.owner, trial.created_s, space=space)
    result = result_of(final, read) if trial.status != "arrived" else None
    return Entry(read, trial.status, result, trial.owner, trial.created_s, final.ended_s, final.worker, space)


def options_of(record: Record) -> str:
    """Return the `options` column: what is compared when a study is opened again, and what was asked for."""
    stated = {"asked": record.identity.algorithm, "scaled": record.scaled, "loop": dict(record.identity.options)}
    return dumps(stated)


def budget_of(text: str) -> Mapping[str, Any]:
    """Return the fields of a stored budget."""
    stored: Mapping[str, Any] = loads(text)
    return stored
