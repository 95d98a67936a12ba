"""Results of older studies that a new one starts from: events with numbers below 0, told before the first proposal.

They are moved to the new space by path, are never best, take no part in the budget and answer no duplicate.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from symbolic.candidate import Candidate
from symbolic.migration import Lost, migrate
from symbolic.search.events import Result, Trial
from symbolic.search.objectives import Objectives
from symbolic.search.store import Log
from symbolic.search.wishes import PlanError
from symbolic.space import Space
from symbolic.table.table import Fidelity

if TYPE_CHECKING:
    from symbolic.search.finished import Study

Known = tuple[Candidate | Mapping[str, Any], float | Mapping[str, float]]
"""A candidate (or its values by path) and what it is worth: a number, or metrics by name."""


@attrs.frozen(eq=False)
class Found:
    """What can be imported: results in the order in which they were given, and a line for what cannot."""

    results: tuple[Result, ...] = ()
    notes: tuple[str, ...] = ()


def imported(sources: Iterable[Any], space: Space, objectives: Objectives, fidelity: Fidelity | None) -> Found:
    """Return the results of studies, `"store.db/study"` texts and pairs (candidate, value) as results of candidates of `space`.

    Raises `PlanError` for what is none of these, E601 for a pair whose candidate is not valid.
    """
    found: list[tuple[Candidate, Mapping[str, float], float | None]] = []
    lost: list[str] = []
    for source in sources:
        for item in _items(source, space, objectives):
            if isinstance(item, Lost):
                lost.append(item.reason)
            elif any(math.isfinite(v) for v in objectives.values(item[1])):
                found.append(item)
            else:
                lost.append(f"no {objectives.goals[0].expression} was measured")
    results = [_result(number, *item, fidelity) for number, item in enumerate(found, -len(found))]
    return Found(tuple(results), _told(len(found), lost))


def _told(count: int, lost: Sequence[str]) -> tuple[str, ...]:
    if not count and not lost:
        return ()
    line = f"the search starts from {count} results of older studies"
    return (f"{line}; {len(lost)} others are left out ({lost[0]})" if lost else line,)


def _items(
    source: Any, space: Space, objectives: Objectives
) -> Iterable[tuple[Candidate, Mapping[str, float], float | None] | Lost]:
    """Yield candidates of `space` with their metrics and the fidelity they were measured at."""
    from symbolic.search.finished import Study

    if isinstance(source, str):
        source = _study(source)
    if isinstance(source, Study):
        for trial in source.trials:
            if trial.state == "ok" and not trial.outdated:
                moved = migrate(trial.candidate, source.space, space)
                yield moved if isinstance(moved, Lost) else (moved, trial.metrics, trial.fidelity)
        return
    if not isinstance(source, tuple) or len(source) != 2:
        raise PlanError(
            f"warm_start: {source!r} is no study, no text 'store.db/study' and no pair (candidate, value): give a list of these"
        )
    candidate, value = source
    values = candidate.to_dict() if isinstance(candidate, Candidate) else candidate
    yield space.candidate(values), _metrics(value, objectives), None


def _metrics(value: Any, objectives: Objectives) -> Mapping[str, float]:
    if isinstance(value, Mapping):
        return {str(k): float(v) for k, v in value.items()}
    if isinstance(value, bool) or not isinstance(value, int | float) or len(objectives.goals) > 1:
        stated = ", ".join(g.expression for g in objectives.goals)
        raise PlanError(f"warm_start: {value!r} is no result: give metrics by name ({stated}), or a number for one objective")
    return {objectives.goals[0].expression: float(value)}


def _study(text: str) -> Study:
    from symbolic.search.study import load_study

    where, slash, name = text.rpartition("/")
    if not slash:
        raise PlanError(f"warm_start: {text!r} names no study: write store.db/study")
    return load_study(where, name)


def _result(
    number: int, candidate: Candidate, metrics: Mapping[str, float], at: float | None, fidelity: Fidelity | None
) -> Result:
    """A result as the log keeps it; the high end of the fidelity is left out, as in every trial."""
    level = None if fidelity is None or at is None or at >= fidelity.high else at
    trial = Trial(number, candidate.point, fidelity=level, origin="imported")
    return Result(trial, "ok", metrics, level)


def write(log: Log, found: Found) -> tuple[str, ...]:
    """Write results to the log of a study that has no trials yet; return the lines the user should see.

    A study that started from older results has them in its log; one that has begun without takes none.
    """
    counts = log.counts()
    if counts.imported or not (found.results or found.notes):
        return ()
    if counts.proposed:
        return (f"warm_start is left out: the study has begun, with {counts.proposed} trials; start another one with it",)
    if found.results:
        with log.turn() as turn:
            turn.propose([r.trial for r in found.results], 0.0)
            for r in found.results:
                turn.finish(r)
    return found.notes
