"""The median rule: a trial ends early where its best so far is worse than the median of what others averaged by then.

Golovin, Solnik, Moitra, Kochanski, Karro and Sculley, "Google Vizier: a service for black-box optimization", KDD 2017 (section
3.2.2). Trials run at full fidelity and report on their way. Deviations: none is ended before `startup` others have reported
that far, nor below the fidelity `warmup`; what broke before it reported that far says nothing.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

import attrs

from algorithms.random import Random
from algorithms.settings import at_least_zero, count
from symbolic.search.complete import scaled, started
from symbolic.search.events import Event, Plain, Result, Trial
from symbolic.search.problem import Needs, Problem
from symbolic.search.protocols import Algorithm, Proposer, Search


@attrs.frozen
class MedianStop:
    """The median rule around `inner`.

    `startup`: how many other curves must reach as far. `warmup`: the fidelity below which no trial is ended.
    """

    inner: Algorithm = attrs.field(factory=Random)
    startup: int = count(default=5)
    warmup: float = at_least_zero(default=0.0)

    @property
    def needs(self) -> Needs:
        """A backend whose trials report at fidelities, one objective."""
        return Needs(signals=frozenset({"evaluate", "report"}))

    def parts(self, problem: Problem) -> Sequence[tuple[str, Algorithm, Problem]]:
        """Return the sampler, which may itself be a scheduler: this rule sets no fidelity."""
        return (("median_stop's sampler", self.inner, problem),)

    def scaled(self, problem: Problem) -> MedianStop:
        """Return the settings for the budget: the sampler's."""
        return attrs.evolve(self, inner=scaled(self.inner, problem))

    def start(self, problem: Problem) -> Proposer:
        """Return a running search."""
        return MedianSearch(problem, self, started(self.inner, problem))


@attrs.define(eq=False)
class MedianSearch:
    """The sampler's search and the curves: trial number -> its (fidelity, loss) so far, fidelities rising."""

    problem: Problem
    options: MedianStop
    inner: Search
    curves: dict[int, list[tuple[float, float]]] = attrs.field(factory=dict)

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        """Propose what the sampler does."""
        return self.inner.ask(numbers)

    def tell(self, events: Iterable[Event]) -> None:
        """Pass everything on, and remember the curves of feasible reports."""
        for event in events:
            self.inner.tell([event])
            if isinstance(event, Result) and not event.final and event.fidelity is not None:
                loss = float(self.problem.objectives.losses(event)[0])
                if math.isfinite(loss):
                    self.curves.setdefault(event.trial.number, []).append((float(event.fidelity), loss))

    def stop(self, report: Result) -> bool:
        """Say whether the best so far is worse than the median of the others' running means at that fidelity."""
        if self.inner.stop(report):
            return True
        at, own = report.fidelity, self.curves.get(report.trial.number)
        if at is None or at < self.options.warmup or not own:
            return False
        means = self._means(report.trial.number, float(at))
        return len(means) >= self.options.startup and min(loss for _, loss in own) > median(means)

    def _means(self, number: int, at: float) -> list[float]:
        """The running means at a fidelity of the other curves that reach it."""
        found = []
        for other, curve in self.curves.items():
            if other == number or curve[-1][0] < at:
                continue
            until = bisect_right(curve, at, key=lambda step: step[0])
            if until:
                found.append(sum(loss for _, loss in curve[:until]) / until)
        return found

    def keep(self) -> frozenset[int] | None:
        """Return what the sampler wants."""
        return self.inner.keep()

    def state_dict(self) -> dict[str, Plain]:
        """Return the sampler's state and the curves."""
        return {"inner": self.inner.state_dict(), "curves": {n: [list(step) for step in c] for n, c in self.curves.items()}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state."""
        self.inner.load_state_dict(state["inner"])
        self.curves = {int(n): [(float(a), float(b)) for a, b in c] for n, c in state["curves"].items()}
