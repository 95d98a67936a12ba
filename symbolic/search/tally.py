"""What the log says so far: counts for the budget, results that answer duplicates, the best. A fold, as the search is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from symbolic.search.events import Event, Result, Trial
from symbolic.search.leader import Leader
from symbolic.search.notices import Finished, Notice, Proposed, Reported

_Key = tuple[int, float]


def _led(trial: Trial) -> bool:
    """Whether a trial follows schedules that are no part of its candidate: an equal candidate was measured without them."""
    return bool(trial.schedule) and not trial.point.schedules  # type: ignore[union-attr]


@attrs.define
class Tally:
    """`reuse`: remember `ok` results by (candidate, fidelity). `track`: remember candidates by number, for seeds of chains."""

    leader: Leader
    reuse: bool = True
    track: bool = False
    proposed: int = 0
    baseline: bool = False
    queued: int = 0
    finished: int = 0
    failed: int = 0
    cost_s: float = 0.0
    reference: Mapping[str, float] | None = None
    """The metrics of the reference candidate, trial 0, once it has ended."""
    known: dict[_Key, Result] = attrs.field(factory=dict)
    roots: dict[int, tuple[int, bytes]] = attrs.field(factory=dict)

    def add(self, event: Event) -> Notice:
        """Take in a durable event; return what listeners hear of it."""
        match event:
            case Trial():
                self._propose(event)
                return Proposed(event)
            case Result() if event.final:
                return Finished(event, self._finish(event))
            case Result():
                return Reported(event, "go")

    def add_all(self, events: Iterable[Event]) -> list[Notice]:
        """Take in several events, in order."""
        return [self.add(e) for e in events]

    def _propose(self, trial: Trial) -> None:
        self.proposed += trial.origin != "imported"
        self.baseline |= trial.origin == "baseline"
        self.queued += trial.origin == "queued"
        if self.track:
            self.roots[trial.number] = (self.root(trial), trial.point.key)

    def _finish(self, result: Result) -> bool:
        if result.trial.origin == "imported":
            return False  # measured elsewhere: no part of the budget, no answer to a duplicate, never best
        if result.trial.origin == "baseline":
            self.reference = result.metrics
        self.finished += 1
        self.failed += result.status == "failed"
        self.cost_s += result.cost_s
        if self.reuse and result.status == "ok" and result.trial.purpose == "evaluate":
            self.known.setdefault(self._key(result.trial), result)
        return self.leader.add(result)

    def _key(self, trial: Trial) -> _Key:
        """A hash, so that a long study does not hold every candidate twice."""
        return hash(trial.point.key), self.leader.high if trial.fidelity is None else trial.fidelity

    def answer(self, trial: Trial) -> Result | None:
        """Return the result of an equal evaluation that ended `ok`, if there is one and it may stand for this trial's."""
        if not self.reuse or trial.purpose != "evaluate" or trial.continue_from is not None or _led(trial):
            return None
        found = self.known.get(self._key(trial))
        return found if found is not None and found.trial.point.key == trial.point.key else None

    def root(self, trial: Trial) -> int:
        """Return the trial whose seed this one uses: the first of its chain as long as the candidates are equal."""
        before = self.roots.get(trial.continue_from) if trial.continue_from is not None else None
        return before[0] if before is not None and before[1] == trial.point.key else trial.number
