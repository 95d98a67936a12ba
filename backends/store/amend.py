"""A stored study goes on changed: with its space as it was edited, or with another algorithm. Nothing is rewritten.

A new space gets a row of its own; stored points are read through `generations`. What has no meaning any more stays as history:
its number is noted, it is told to no search and never best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import sqlalchemy as sa

from backends.store import schema
from backends.store.generations import Move, moves
from backends.store.identity import space_diff
from backends.store.records import OUTDATED, document, generations, put_document
from backends.store.rows import result_row
from symbolic.candidate import Candidate
from symbolic.language.load import parse
from symbolic.migration import Lost, migrate
from symbolic.search.changing import Change
from symbolic.search.events import Failure, Result, Trial
from symbolic.search.plain import dumps, loads
from symbolic.search.queued import QUEUE
from symbolic.search.store import Identity, Record, StoreError

_t, _s = schema.trial.c, schema.study.c
_SHOWN = 3


@attrs.frozen
class Amended:
    """What was changed: lines for the user, and the trials whose checkpoints are another candidate's now."""

    lines: tuple[str, ...] = ()
    stale: tuple[int, ...] = ()


def amend(
    connection: sa.Connection, study: sa.Row[Any], stored: Record, described: tuple[str, str], asked: Record, change: Change
) -> Amended:
    """Write what `change` allows to differ between the stored and the asked study as the study's own.

    `described`: the columns of the stored space and of the asked one. Raises `StoreError`, nothing written, where a stored
    candidate names a decision that the new space does not know, or lacks one that has no default.
    """
    lines: tuple[str, ...] = ()
    stale: tuple[int, ...] = ()
    if change.algorithm and stored.identity.algorithm != asked.identity.algorithm:
        lines += _other_algorithm(connection, study, stored, asked)
    if change.space and stored.identity.space_hash != asked.identity.space_hash:
        told, stale = _other_space(connection, study, stored, described, asked)
        lines += told
    return Amended(lines, stale)


def _other_algorithm(connection: sa.Connection, study: sa.Row[Any], stored: Record, asked: Record) -> tuple[str, ...]:
    text = asked.identity.algorithm
    options = {**_options(connection, study), "asked": text, "scaled": False, "since": study.next}
    options["loop"] = {**options["loop"], "baseline": asked.identity.options.get("baseline")}
    _update(connection, study, algorithm=text, options=dumps(options), state="open")
    line = f"the study goes on with {text}, which learns from the trials that {stored.algorithm} proposed"
    return (line, *_forget_weights(connection, study))


def _forget_weights(connection: sa.Connection, study: sa.Row[Any]) -> tuple[str, ...]:
    """Drop the snapshot of shared weights: they belong to the algorithm and the space they were trained by."""
    mine = schema.snapshot.c.study_id == study.id
    gone = connection.execute(sa.delete(schema.snapshot).where(mine)).rowcount
    return ("the shared weights trained so far are not used any more",) if gone else ()


def _other_space(
    connection: sa.Connection, study: sa.Row[Any], stored: Record, described: tuple[str, str], asked: Record
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    known = generations(connection, study.id)
    new = parse(asked.identity.space, "the edited space")
    ways = moves(known, new)
    lost, stale = _sorted_out(connection, study, ways)
    _refuse(lost, stored.identity, described[0], asked.identity, described[1])
    version = max(g.version for g in known) + 1
    _add_space(connection, study, version, asked.identity, described[1])
    seq = _close_pending(connection, study, ways, lost)
    options = _options(connection, study)
    options |= {"since": study.next, "loop": {**options["loop"], "baseline": asked.identity.options.get("baseline")}}
    context = {**asked.context, **{k: v for k, v in stored.context.items() if k not in asked.context or k == "facts"}}
    changed = {"space_version": version, "options": dumps(options), "context": dumps(context), "seq": seq, "state": "open"}
    _update(connection, study, **changed)
    dropped = _rewrite_queue(connection, study, ways[study.space_version], lost)
    put_document(connection, study.id, OUTDATED, sorted(lost))
    total = connection.execute(sa.select(sa.func.count()).where(_t.study_id == study.id)).scalar_one()
    lines = [f"the space was edited: {total - len(lost)} of {total} trials are candidates of it"]
    if lost:
        first = min(lost)
        lines[0] += f", {len(lost)} stay as history and are never best (trial {first}: {lost[first].reason})"
    if dropped:
        lines.append(f"{dropped} queued candidates have no meaning in the edited space and are dropped")
    return (*lines, *_forget_weights(connection, study)), stale


def _sorted_out(
    connection: sa.Connection, study: sa.Row[Any], ways: Mapping[int, Move]
) -> tuple[dict[int, Lost], tuple[int, ...]]:
    """Return the trials without a meaning in the new space with the reason, and those whose values have other paths there."""
    query = sa.select(_t.number, _t.space_version, _t.point, _t.fidelity).where(_t.study_id == study.id).order_by(_t.number)
    lost, stale = dict[int, Lost](), list[int]()
    for row in connection.execute(query):
        way = ways[row.space_version]
        found, level = way.point(row.point), way.fidelity(row.fidelity)
        if not isinstance(found, Lost) and isinstance(level, Lost):
            found = level
        if isinstance(found, Lost):
            lost[row.number] = found
        elif not way.alike and _values(way, row.point) != Candidate(way.new, found).to_dict():
            stale.append(row.number)
    return lost, (*stale, *lost)


def _values(way: Move, text: str) -> Mapping[str, Any]:
    return Candidate(way.old.space, way.old.reader.read(text)).to_dict()


def _refuse(lost: Mapping[int, Lost], stored: Identity, old: str, asked: Identity, new: str) -> None:
    """Raise `StoreError` where candidates lack a meaning for reasons that only the author of the space can mend."""
    mended = [number for number, reason in lost.items() if reason.unknown or reason.missing]
    if not mended:
        return
    unknown = list(dict.fromkeys(path for n in mended for path in lost[n].unknown))
    missing = list(dict.fromkeys(path for n in mended for path in lost[n].missing))
    diff = "\n".join(f"  {line}" for line in space_diff(stored, old, asked, new))
    hints = [_gone(path) for path in unknown[:_SHOWN]] + [_added(path) for path in missing[:_SHOWN]]
    raise StoreError(
        f"study {asked.name!r} cannot go on in the edited space: "
        f"{len(mended)} stored candidates have no meaning there\n{diff}\n" + "\n".join(f"  {hint}" for hint in hints)
    )


def _gone(path: str) -> str:
    return (
        f'{path!r} is gone: if it has another name now, write `renamed "{path}" to "..."`; '
        f'if it is decided, keep it and write `fix "{path}" to ...`'
    )


def _added(path: str) -> str:
    return f"{path!r} is new: mark one of its values with `default`, which the stored candidates then have"


def _add_space(connection: sa.Connection, study: sa.Row[Any], version: int, asked: Identity, described: str) -> None:
    row = {"study_id": study.id, "version": version, "text": asked.space, "hash": asked.space_hash, "columns": described}
    connection.execute(schema.space.insert(), {**row, "from_number": study.next})


def _close_pending(connection: sa.Connection, study: sa.Row[Any], ways: Mapping[int, Move], lost: Mapping[int, Lost]) -> int:
    """End trials that were pending and have no meaning any more as infeasible; return the last event's number."""
    seq = int(study.seq)
    query = sa.select(schema.trial).where(_t.study_id == study.id, _t.status.in_(("pending", "arrived")))
    for row in connection.execute(query).all():
        if row.number not in lost:
            continue
        seq += 1
        mine = (_t.study_id == study.id, _t.number == row.number)
        final = schema.result.c
        if row.status == "arrived":
            where = (final.study_id == study.id, final.number == row.number, final.final == 1)
            status = connection.execute(sa.select(final.status).where(*where)).scalar_one()
            connection.execute(sa.update(schema.result).where(*where).values(seq=seq))
        else:
            status = "infeasible"
            failure = Failure("shape", f"the space was edited: {lost[row.number].reason}")
            trial = Trial(row.number, ways[row.space_version].old.reader.read(row.point))
            ended = Result(trial, "infeasible", failure=failure)
            values = result_row(ended, stop=False, worker="", now_s=float(row.created_s))
            connection.execute(schema.result.insert(), {"study_id": study.id, "seq": seq, **values})
        connection.execute(sa.update(schema.trial).where(*mine).values(status=status))
    return seq


def _rewrite_queue(connection: sa.Connection, study: sa.Row[Any], way: Move, lost: Mapping[int, Lost]) -> int:
    """Move the queued candidates that wait to the new space; return how many have no meaning there."""
    values: Sequence[Any] = document(connection, study.id, QUEUE) or ()
    proposed = connection.execute(sa.select(sa.func.count()).where(_t.study_id == study.id, _t.origin == "queued")).scalar_one()
    waiting = [migrate(v, way.old.space, way.target) for v in values[proposed:]]
    kept = [c.to_dict() for c in waiting if isinstance(c, Candidate)]
    if values:
        put_document(connection, study.id, QUEUE, [*values[:proposed], *kept])
    return len(waiting) - len(kept)


def _options(connection: sa.Connection, study: sa.Row[Any]) -> dict[str, Any]:
    found: dict[str, Any] = loads(connection.execute(sa.select(_s.options).where(_s.id == study.id)).scalar_one())
    return found


def _update(connection: sa.Connection, study: sa.Row[Any], **values: Any) -> None:
    connection.execute(sa.update(schema.study).where(_s.id == study.id).values(**values))
