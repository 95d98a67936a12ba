"""ASHA: asynchronous successive halving; whoever is among the best of a rung is trained on at once, nobody waits.

Li, Jamieson, Rostamizadeh, Gonina, Hardt, Recht and Talwalkar, "A system for massively parallel hyperparameter tuning", MLSys
2020, https://arxiv.org/abs/1810.05934 (Algorithm 2, with its early-stopping rate 0). Rungs grow upwards from the low end of the
fidelity, so that a high end far away is the paper's infinite horizon. Deviations: a new candidate comes from any sampler, by
its search of the highest rung that knows `enough`; failed trials count in a rung, and are never continued; where the sampler
has nothing left and nothing has reached the top, the best is trained on until it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from algorithms.fidelity.inner import Inners, inside
from algorithms.fidelity.rungs import Rung, levels, promotion, rung_of
from algorithms.history import Outcome
from algorithms.random import Random
from algorithms.settings import count
from symbolic.search.complete import scaled
from symbolic.search.events import Event, Plain, Result, Trial
from symbolic.search.problem import Needs, Problem
from symbolic.search.protocols import Algorithm, Proposer
from symbolic.search.stages import Stage


@attrs.frozen
class ASHA:
    """ASHA around `inner`: the best 1/`eta` of a rung go on to `eta` times its fidelity.

    `enough`: results that a rung's sampler needs before it proposes.
    """

    inner: Algorithm = attrs.field(factory=Random)
    eta: int = count(at_least=2, default=3)
    enough: int = count(default=8)

    @property
    def needs(self) -> Needs:
        """A fidelity; promoted trials continue where the backend can, else they begin again."""
        return Needs(objectives=None, fidelity=True)

    def parts(self, problem: Problem) -> Sequence[tuple[str, Algorithm, Problem]]:
        """Return the sampler."""
        return (("asha's sampler", self.inner, inside(problem)),)

    def scaled(self, problem: Problem) -> ASHA:
        """Return the settings for the budget: the sampler's."""
        return attrs.evolve(self, inner=scaled(self.inner, inside(problem)))

    def stages(self, problem: Problem) -> tuple[Stage, ...]:
        """Return the rungs; of n trials about (eta - 1) / eta begin, and a share 1 / eta of each rung goes on."""
        rising, trials = levels(problem.fidelity, self.eta), problem.budget.trials
        counts = [None] * len(rising) if trials is None else split(trials, len(rising), self.eta)
        return tuple(Stage(f"rung {level:g}", n, level) for level, n in zip(rising, counts, strict=True))

    def start(self, problem: Problem) -> Proposer:
        """Return a running search. Raises `FidelityError` for fewer than two rungs."""
        rising = levels(problem.fidelity, self.eta)
        rungs = tuple(Rung.empty(problem.objectives) for _ in rising)
        return ASHASearch(self.eta, rising, rungs, Inners.of("asha", self.inner, problem, len(rising), self.enough))


def split(trials: int, rungs: int, eta: int) -> list[int]:
    """Return how many of so many trials run at each rung, lowest first, where floor(n / eta) of each go on.

    >>> split(13, 3, 3)
    [9, 3, 1]
    """
    first = trials
    while sum(first // eta**k for k in range(rungs)) > trials:
        first -= 1
    counts = [first // eta**k for k in range(rungs)]
    return [counts[0] + trials - sum(counts), *counts[1:]]


@attrs.define(eq=False)
class ASHASearch:
    """The rungs, the trials in flight and the samplers' searches."""

    eta: int
    rising: tuple[float, ...]
    rungs: tuple[Rung, ...]
    inners: Inners
    running: set[int] = attrs.field(factory=set)

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        """Propose promotions, from the highest rung that has one, then new candidates at the lowest."""
        trials, taken = list[Trial](), set[int]()
        for number in numbers:
            found = self._promotable(taken)
            if found is None:
                break
            rung, source = found
            taken.add(source.number)
            trials.append(promotion(number, source, rung + 1, self.rising, {}))
        left = numbers[len(trials) :]
        new = self.inners.ask(left, [0] * len(left))
        if not new and not trials and not self.running and left:
            return self._last(left[0])
        return [*trials, *(attrs.evolve(t, fidelity=self.rising[0]) for t in new)]

    def _promotable(self, taken: set[int]) -> tuple[int, Outcome] | None:
        for k in reversed(range(len(self.rungs) - 1)):
            source = self.rungs[k].best(self.rungs[k].ended // self.eta, taken)
            if source is not None:
                return k, source
        return None

    def _last(self, number: int) -> Sequence[Trial]:
        """The sampler has nothing left: train the best on, until one has reached the top."""
        if self.rungs[-1].ended:
            return ()
        for k in reversed(range(len(self.rungs) - 1)):
            source = self.rungs[k].best(self.rungs[k].ended, set())
            if source is not None:
                return (promotion(number, source, k + 1, self.rising, {}),)
        return ()

    def tell(self, events: Iterable[Event]) -> None:
        """Remember; a continued trial is not continued again, an imported one never (it has no checkpoint here)."""
        for event in events:
            match event:
                case Trial(purpose="evaluate"):
                    self.running.add(event.number)
                    for rung in self.rungs:
                        rung.able.discard(event.continue_from if event.continue_from is not None else -1)
                    self.inners.propose(event)
                case Result() if event.final and event.trial.purpose == "evaluate":
                    self.running.discard(event.trial.number)
                    k = rung_of(event.trial, self.rising)
                    if k is not None and event.trial.number >= 0:
                        self.rungs[k].end(event)
                    self.inners.end(event, k)

    def stop(self, report: Result) -> bool:
        """Never: a trial ends at its rung."""
        return False

    def keep(self) -> frozenset[int] | None:
        """Return what runs, and all below the top that was not continued: it may still be."""
        return frozenset(self.running).union(*(rung.able for rung in self.rungs[:-1]))

    def state_dict(self) -> dict[str, Plain]:
        """Return rungs, samplers and trials in flight."""
        return {"rungs": [r.state() for r in self.rungs], "inners": self.inners.state(), "running": set(self.running)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state."""
        for rung, kept in zip(self.rungs, state["rungs"], strict=True):
            rung.load(kept)
        self.inners.load(state["inners"])
        self.running = set(state["running"])
