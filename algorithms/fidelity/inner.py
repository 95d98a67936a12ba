"""The samplers inside a scheduler: one search per rung, each seeing a study of its own at that rung's fidelity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import attrs

from symbolic.search.complete import started
from symbolic.search.events import Plain, Result, Trial
from symbolic.search.problem import Problem
from symbolic.search.protocols import Algorithm, Search


class Source(Protocol):
    """Where a scheduler's new candidates come from."""

    def ask(self, numbers: Sequence[int], starts: Sequence[int]) -> Sequence[Trial]:
        """Propose a new candidate per number, the trial to run at the rung in `starts`. PURE; fewer: waiting or exhausted."""

    def propose(self, trial: Trial) -> None:
        """Learn of a trial."""

    def end(self, result: Result, rung: int | None) -> None:
        """Learn of a final result at a rung, None where its fidelity is on none."""

    def state(self) -> dict[str, Plain]: ...
    def load(self, state: Mapping[str, Any]) -> None: ...


def inside(problem: Problem) -> Problem:
    """Return the problem that a sampler inside a scheduler sees: the fidelity is the scheduler's."""
    return attrs.evolve(problem, fidelity=None)


@attrs.define(eq=False)
class Inners:
    """One search per rung; the highest one that knows `enough` results proposes.

    A new candidate is told to all of them, so that none proposes it again; where it ends at one rung, the others are told that
    it was cancelled: known, and no longer pending. A promotion is told to its rung when it ends.
    """

    name: str
    enough: int
    searches: tuple[Search, ...]
    told: list[int]

    @classmethod
    def of(cls, name: str, inner: Algorithm, problem: Problem, rungs: int, enough: int) -> Inners:
        """Start one search per rung."""
        return cls(name, enough, tuple(started(inner, inside(problem)) for _ in range(rungs)), [0] * rungs)

    def ask(self, numbers: Sequence[int], starts: Sequence[int]) -> Sequence[Trial]:
        """Propose by the search that knows most."""
        if not numbers:
            return ()
        known = (k for k in reversed(range(len(self.told))) if self.told[k] >= self.enough)
        return self.searches[next(known, 0)].ask(numbers)

    def propose(self, trial: Trial) -> None:
        """Learn of a trial; of a promotion nothing is new until it ends."""
        if trial.continue_from is None:
            for search in self.searches:
                search.tell([self._plain(trial)])

    def end(self, result: Result, rung: int | None) -> None:
        """Learn of a final result at a rung."""
        trial = self._plain(result.trial)
        if result.trial.continue_from is not None and rung is not None:
            self.searches[rung].tell([trial])
        for k, search in enumerate(self.searches):
            if k == rung:
                search.tell([attrs.evolve(result, trial=trial)])
                self.told[k] += result.status not in ("failed", "cancelled")
            elif result.trial.continue_from is None:
                search.tell([Result(trial, "cancelled")])

    def _plain(self, trial: Trial) -> Trial:
        """The trial as the sampler would have proposed it alone."""
        own = {key: value for key, value in trial.memo.items() if not key.startswith(f"{self.name}.")}
        return attrs.evolve(trial, fidelity=None, continue_from=None, reached=0.0, memo=own)

    def state(self) -> dict[str, Plain]:
        """Return the searches' states."""
        return {"searches": [s.state_dict() for s in self.searches], "told": list(self.told)}

    def load(self, state: Mapping[str, Any]) -> None:
        """Continue from a state."""
        for search, kept in zip(self.searches, state["searches"], strict=True):
            search.load_state_dict(kept)
        self.told = [int(n) for n in state["told"]]
