"""`Study`: a search and what it found, as a user reads it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from symbolic.candidate import Candidate
from symbolic.errors import SymspaceError
from symbolic.points import Point
from symbolic.search.frame import Frame, frame
from symbolic.search.leader import Leader
from symbolic.search.objectives import Objectives
from symbolic.search.sitting import REPORT
from symbolic.search.store import Entry, Record, Report, View
from symbolic.space import Space

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import RenderableType


class StudyError(SymspaceError):
    """A question to a study that has no answer."""

    exit_code = 1


@attrs.frozen(eq=False)
class StudyTrial:
    """A trial as a user sees it.

    `values` are the objectives' values in their order, as stated (not negated), NaN where missing; `metrics` everything that
    was reported. `state`: pending, ok, stopped, failed, infeasible. `origin`: search, baseline, queued, imported. `error`: why
    it failed, in a line; `trace`: the end of the traceback, where there was one. `outdated`: the space was edited since, and
    the candidate is none of it any more: it is history, and never best.
    """

    number: int
    candidate: Candidate = attrs.field(repr=lambda c: repr(c.to_dict()))
    values: tuple[float, ...]
    state: str
    metrics: Mapping[str, float]
    fidelity: float | None = None
    origin: str = "search"
    cost_s: float = 0.0
    error: str | None = None
    created_s: float = 0.0
    ended_s: float | None = None
    outdated: bool = False
    trace: str | None = attrs.field(default=None, repr=False)

    @property
    def value(self) -> float:
        """The value of the first objective."""
        return self.values[0]


@attrs.frozen(slots=False, eq=False)
class Study:
    """A search and what it found, read when asked for. `trials` and what follows from it are read once."""

    space: Space
    objectives: Objectives
    record: Record
    why: str | None
    _open: Callable[[], View] = attrs.field(repr=False)
    _queue: Callable[[Sequence[Mapping[str, Any]]], None] | None = attrs.field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The study's name."""
        return self.record.identity.name

    @cached_property
    def _all(self) -> tuple[Entry, ...]:
        view = self._open()
        try:
            return tuple(view.entries(self.space.lower()))
        finally:
            view.disconnect()

    @property
    def _entries(self) -> tuple[Entry, ...]:
        return tuple(e for e in self._all if e.trial.origin != "imported")

    @cached_property
    def trials(self) -> tuple[StudyTrial, ...]:
        """All trials by number, those in flight included; what was imported is apart."""
        return tuple(self._trial(e) for e in self._entries)

    @cached_property
    def imported(self) -> tuple[StudyTrial, ...]:
        """Results of other studies that this one started from, numbered from -1 downwards: never best, not in the budget."""
        return tuple(self._trial(e) for e in reversed(self._all) if e.trial.origin == "imported")

    def _trial(self, entry: Entry) -> StudyTrial:
        trial, result, old = entry.trial, entry.result, entry.space
        assert isinstance(trial.point, Point), "durable trials are of candidates"
        candidate = Candidate(self.space if old is None else old, trial.point)
        state = "pending" if entry.status == "arrived" else entry.status
        if result is None:
            nothing = (math.nan,) * len(self.objectives.goals)
            made = StudyTrial(trial.number, candidate, nothing, state, {}, trial.fidelity, trial.origin)
        else:
            values = self.objectives.values(result.metrics)
            made = StudyTrial(
                trial.number, candidate, values, state, result.metrics, result.fidelity, trial.origin, result.cost_s
            )
        failure = None if result is None else result.failure
        error = None if failure is None else f"{failure.kind}: {failure.message}"
        trace = None if failure is None or not failure.trace else failure.trace
        made = attrs.evolve(made, error=error, trace=trace, outdated=old is not None)
        return attrs.evolve(made, created_s=entry.created_s, ended_s=entry.ended_s)

    @cached_property
    def _leader(self) -> Leader:
        fidelities = self.space.lower().fidelities
        leader = Leader(self.objectives, fidelities[0].high if len(fidelities) == 1 else 0.0)
        for entry in self._entries:
            if entry.result is not None and entry.space is None:
                leader.add(entry.result)
        return leader

    @property
    def best(self) -> StudyTrial:
        """The best trial: feasible, finite, at the highest fidelity met; of equal ones the first.

        Raises `StudyError` where several objectives have no one best (ask for `pareto`), or no trial qualifies.
        """
        if len(self.objectives.goals) > 1:
            stated = ", ".join(str(g) for g in self.objectives.goals)
            raise StudyError(f"the study has several objectives ({stated}), so there is no one best trial: see `pareto`")
        leading = self._leader.results
        if not leading:
            raise StudyError(self._why_none())
        return self.trials[self._place(leading[0].trial.number)]

    @property
    def pareto(self) -> tuple[StudyTrial, ...]:
        """The trials that no other dominates, equal points once, by number; with one objective the best one."""
        return tuple(self.trials[self._place(n)] for n in sorted(self._leader.numbers))

    @property
    def baseline(self) -> StudyTrial | None:
        """The trial of the default candidate, to compare with; None where the study has none."""
        return next((t for t in self.trials if t.origin == "baseline" and not t.outdated), None)

    @property
    def gain(self) -> float | None:
        """How much better the best trial is than the default candidate, in the objective's unit and at least 0.

        None where there are several objectives, no baseline, no best trial, or the two were measured at unlike fidelities.
        """
        baseline, leading = self.baseline, self._leader.results
        if baseline is None or baseline.state != "ok" or len(self.objectives.goals) > 1 or not leading:
            return None
        best = self.best
        if best.fidelity != baseline.fidelity or not math.isfinite(baseline.value):
            return None
        better = best.value - baseline.value if self.objectives.goals[0].maximize else baseline.value - best.value
        return max(better, 0.0)

    def _place(self, number: int) -> int:
        return next(i for i, e in enumerate(self._entries) if e.trial.number == number)

    def _why_none(self) -> str:
        results = [e.result for e in self._entries if e.result is not None and e.space is None]
        near = [r for r in results if r.status != "failed" and 0 < self.objectives.known_violation(r.metrics) < math.inf]
        if near:
            least = near[self.objectives.order(near)[0]]
            limits = "; ".join(limit.condition for limit in self.objectives.limits)
            shown = ", ".join(f"{k} {v:g}" for k, v in least.metrics.items())
            return f"no trial keeps all limits ({limits}); the nearest is trial {least.trial.number}: {shown}"
        failed = next((r for r in results if r.failure is not None), None)
        why = "" if failed is None or failed.failure is None else f"; trial {failed.trial.number}: {failed.failure.message}"
        return f"none of {len(results)} finished trials has a value" + why

    def frame(self) -> Frame:
        """Return all trials as a table: number, state, objectives, other metrics, active decisions by path."""
        goals = [g.expression for g in self.objectives.goals]
        metrics = list(dict.fromkeys(m for t in self.trials for m in t.metrics if m not in goals))
        values = [t.candidate.to_dict() for t in self.trials]
        paths = list(dict.fromkeys(p for v in values for p in v))
        rows = [
            [t.number, t.state, *t.values, *(t.metrics.get(m) for m in metrics), *(v.get(p) for p in paths)]
            for t, v in zip(self.trials, values, strict=True)
        ]
        return frame(["number", "state", *goals, *metrics, *paths], rows)

    @cached_property
    def reports(self) -> Mapping[int, tuple[Report, ...]]:
        """What trials reported on their way: by trial number, metrics at rising fidelities."""
        told: dict[int, list[Report]] = {}
        view = self._open()
        try:
            for report in view.reports():
                told.setdefault(report.number, []).append(report)
        finally:
            view.disconnect()
        return {number: tuple(reports) for number, reports in told.items()}

    def importances(self, goal: int = 0) -> Mapping[str, float]:
        """Return decision -> how much it matters for an objective, largest first, 1 in all; see `search.importance`.

        Raises `ImportanceError` where there are too few results to tell.
        """
        from symbolic.search.importance import importances

        return importances(self, goal)

    def plot(self, kind: str | None = None) -> Figure:
        """Return a figure of matplotlib: `history`, `pareto`, `importances`, `parallel` (coordinates) or `curves` (reports).

        Without a kind the history, or the front where there are several objectives. Raises `PlotError` for what the study
        does not have, an unknown kind, or where matplotlib is not installed (`pip install 'symspace[plot]'`).
        """
        from symbolic.plots.kinds import plot

        return plot(self, kind)

    @property
    def report(self) -> Mapping[str, Any] | None:
        """The best trial on test data, measured once when the search ended: `trial` and `metrics`. None if there is none."""
        view = self._open()
        try:
            found: Mapping[str, Any] | None = view.document(REPORT)
            return found
        finally:
            view.disconnect()

    def enqueue(self, candidates: Sequence[Candidate | Mapping[str, Any]]) -> None:
        """Queue candidates (or their values by path): the next search of this study evaluates them first, each once.

        Raises E601 for one that is not valid, `StudyError` for a study that is not stored.
        """
        if self._queue is None:
            raise StudyError('this study is not stored, so it cannot be continued: search with store="file.db"')
        self._queue([c.to_dict() if isinstance(c, Candidate) else self.space.candidate(c).to_dict() for c in candidates])

    def __repr__(self) -> str:
        return f"<{self}>"

    def __rich__(self) -> RenderableType:
        from symbolic.display.study_view import study_view
        from symbolic.display.terminal import as_rich

        return as_rich(study_view(self))

    def _repr_html_(self) -> str:
        from symbolic.display.html import as_html
        from symbolic.display.study_view import study_view

        return as_html(study_view(self))

    def __str__(self) -> str:
        counts = ", ".join(f"{n} {s}" for s, n in sorted(self._states().items())) or "no trials"
        return f"study {self.name} ({self.record.algorithm}, seed {self.record.identity.seed}): {counts}"

    def _states(self) -> Mapping[str, int]:
        states = [t.state for t in self.trials]
        return {s: states.count(s) for s in set(states)}
