"""Brackets of synchronous successive halving: a rung begins when all of the one below has ended."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from algorithms.fidelity.inner import Source
from algorithms.fidelity.rungs import Rung, promotion, rung_of
from algorithms.history import Outcome
from symbolic.search.events import Event, Plain, Result, Trial
from symbolic.search.objectives import Objectives
from symbolic.search.stages import Stage


@attrs.frozen
class Shape:
    """A bracket's plan: the rung it begins at, and how many trials run at that rung and at each above."""

    start: int
    wanted: tuple[int, ...]


def halving(candidates: int, start: int, rungs: int, eta: int) -> Shape:
    """Return the plan of successive halving from so many candidates, floor(n / eta^k) at the k-th rung, at least one.

    >>> halving(9, 0, 3, 3)
    Shape(start=0, wanted=(9, 3, 1))
    """
    return Shape(start, tuple(max(1, candidates // eta**k) for k in range(rungs - start)))


def hyperband_shape(number: int, rungs: int, eta: int) -> Shape:
    """Return the plan of Hyperband's bracket `number`: s = s_max .. 0 in turn, ceil((s_max + 1) eta^s / (s + 1)) candidates.

    >>> [hyperband_shape(i, 3, 3).wanted for i in range(3)]
    [(9, 3, 1), (5, 1), (3,)]
    """
    s = rungs - 1 - number % rungs
    return halving(math.ceil(rungs * eta**s / (s + 1)), rungs - 1 - s, rungs, eta)


def bracket_stages(shape: Callable[[int], Shape], rising: Sequence[float], trials: int | None) -> tuple[Stage, ...]:
    """Return what `plan` prints: the first round of brackets, rung by rung, as far as the budget goes."""
    found, left, number = list[Stage](), trials, 0
    while number < (len(rising) if trials is None else trials) and (left is None or left > 0):
        plan = shape(number)
        for k, n in enumerate(plan.wanted):
            here = n if left is None else min(n, left)
            left = None if left is None else left - here
            if here:
                level = rising[plan.start + k]
                found.append(Stage(f"bracket {number + 1}, rung {level:g}", here, level))
        number += 1
    return (*found, Stage("further brackets")) if trials is None else tuple(found)


@attrs.define(eq=False)
class Bracket:
    """One bracket: its plan and its rungs, lowest first."""

    shape: Shape
    rungs: tuple[Rung, ...]

    def limit(self, k: int, eta: int, closed: bool) -> int:
        """Return how many trials rung `k` takes in the end; 0 while the one below has not ended.

        `closed`: no new candidates come, so the first rung ends with those it has. Failures make the rungs above smaller.
        """
        if k == 0:
            return self.rungs[0].asked if closed else self.shape.wanted[0]
        below = self.limit(k - 1, eta, closed)
        if below == 0 or self.rungs[k - 1].ended < below:
            return 0
        return min(
            self.shape.wanted[k], max(1, self.rungs[k - 1].ended // eta), len(self.rungs[k - 1].able) + self.rungs[k].asked
        )

    def done(self, eta: int) -> bool:
        """Whether nothing more will be asked of it."""
        return all(
            0 < self.limit(k, eta, False) <= rung.ended or (k > 0 and self._empty_below(k, eta))
            for k, rung in enumerate(self.rungs)
        )

    def _empty_below(self, k: int, eta: int) -> bool:
        """Whether a rung below ended without anything to continue."""
        return any(
            0 < self.limit(j, eta, False) <= self.rungs[j].ended and not self.rungs[j].able and not self.rungs[j + 1].asked
            for j in range(k)
        )


@attrs.frozen
class _Slot:
    """A place in a bracket: a new candidate (no source), or one to continue."""

    bracket: int
    rung: int
    source: Outcome | None = None


@attrs.define(eq=False)
class BracketSearch:
    """Brackets one after the other; a later one is opened rather than that anybody waits. `first`: the oldest not done."""

    name: str
    eta: int
    rising: tuple[float, ...]
    shape: Callable[[int], Shape]
    objectives: Objectives
    source: Source
    brackets: list[Bracket] = attrs.field(factory=list)
    running: set[int] = attrs.field(factory=set)
    first: int = 0

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        """Propose what the oldest bracket with a free place wants: promotions of a rung that ended, else new candidates."""
        slots = self._slots(len(numbers), closed=False)
        fresh = [(n, s) for n, s in zip(numbers, slots, strict=False) if s.source is None]
        starts = [self._shape(s.bracket).start for _, s in fresh]
        new = iter(self.source.ask([n for n, _ in fresh], starts))
        trials = list[Trial]()
        for number, slot in zip(numbers, slots, strict=False):
            trial = next(new, None) if slot.source is None else self._promoted(number, slot)
            if trial is None:
                break
            trials.append(self._at(trial, slot) if slot.source is None else trial)
        if trials or self.running or not numbers:
            return trials
        return [self._promoted(numbers[0], slot) for slot in self._slots(1, closed=True)]

    def _slots(self, count: int, closed: bool) -> list[_Slot]:
        """The next places. `closed`: the source has nothing left, so what is begun is brought to its end."""
        found, asked, taken = list[_Slot](), dict[tuple[int, int], int](), set[int]()
        while len(found) < count:
            slot = self._slot(asked, taken, closed)
            if slot is None:
                break
            asked[slot.bracket, slot.rung] = asked.get((slot.bracket, slot.rung), 0) + 1
            if slot.source is not None:
                taken.add(slot.source.number)
            found.append(slot)
        return found

    def _slot(self, asked: Mapping[tuple[int, int], int], taken: set[int], closed: bool) -> _Slot | None:
        for b in range(self.first, len(self.brackets)):
            bracket = self.brackets[b]
            for k, rung in enumerate(bracket.rungs):
                if rung.asked + asked.get((b, k), 0) >= bracket.limit(k, self.eta, closed):
                    continue
                source = bracket.rungs[k - 1].best(bracket.rungs[k - 1].ended, taken) if k else None
                if k == 0 or source is not None:
                    return _Slot(b, k, source)
        b = len(self.brackets)
        while asked.get((b, 0), 0) >= self._shape(b).wanted[0]:
            b += 1
        return None if closed else _Slot(b, 0)

    def _shape(self, bracket: int) -> Shape:
        return self.brackets[bracket].shape if bracket < len(self.brackets) else self.shape(bracket)

    def _memo(self, slot: _Slot) -> dict[str, Plain]:
        return {f"{self.name}.bracket": slot.bracket, f"{self.name}.rung": slot.rung}

    def _at(self, trial: Trial, slot: _Slot) -> Trial:
        level = self._shape(slot.bracket).start
        fidelity = None if level == len(self.rising) - 1 else self.rising[level]
        return attrs.evolve(trial, fidelity=fidelity, memo={**trial.memo, **self._memo(slot)})

    def _promoted(self, number: int, slot: _Slot) -> Trial:
        assert slot.source is not None
        level = self._shape(slot.bracket).start + slot.rung
        return promotion(number, slot.source, level, self.rising, self._memo(slot))

    def tell(self, events: Iterable[Event]) -> None:
        """Remember; a trial of nobody's bracket is learned from by the source alone."""
        for event in events:
            match event:
                case Trial(purpose="evaluate"):
                    self.running.add(event.number)
                    self._send(event)
                    self.source.propose(event)
                case Result() if event.final and event.trial.purpose == "evaluate":
                    self.running.discard(event.trial.number)
                    rung = self._rung(event.trial)
                    if rung is not None:
                        rung.end(event)
                        self._advance()
                    self.source.end(event, rung_of(event.trial, self.rising))

    def _send(self, trial: Trial) -> None:
        rung = self._rung(trial)
        if rung is not None:
            rung.asked += 1
        if trial.continue_from is not None:
            for bracket in self.brackets[self.first :]:
                for below in bracket.rungs:
                    below.able.discard(trial.continue_from)

    def _rung(self, trial: Trial) -> Rung | None:
        """The rung a trial of ours belongs to; brackets up to its own are opened. None: not ours, or of other settings."""
        b, k = trial.memo.get(f"{self.name}.bracket"), trial.memo.get(f"{self.name}.rung")
        if not isinstance(b, int) or not isinstance(k, int) or not 0 <= b <= len(self.brackets) or trial.number < 0:
            return None
        shape = self._shape(b)
        if not 0 <= k < len(shape.wanted) or rung_of(trial, self.rising) != shape.start + k:
            return None
        if b == len(self.brackets):
            self._open()
        return self.brackets[b].rungs[k]

    def _open(self) -> None:
        shape = self.shape(len(self.brackets))
        self.brackets.append(Bracket(shape, tuple(Rung.empty(self.objectives) for _ in shape.wanted)))

    def _advance(self) -> None:
        while self.first < len(self.brackets) and self.brackets[self.first].done(self.eta):
            self.first += 1

    def stop(self, report: Result) -> bool:
        """Never: a trial ends at its rung."""
        return False

    def keep(self) -> frozenset[int] | None:
        """Return what runs, and what an open bracket may still continue."""
        waiting = [rung.able for bracket in self.brackets[self.first :] for rung in bracket.rungs[:-1]]
        return frozenset(self.running).union(*waiting)

    def state_dict(self) -> dict[str, Plain]:
        """Return brackets, source and trials in flight."""
        rungs = [[r.state() for r in bracket.rungs] for bracket in self.brackets]
        return {"brackets": rungs, "source": self.source.state(), "running": set(self.running), "first": self.first}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state."""
        self.brackets = []
        for kept in state["brackets"]:
            self._open()
            for rung, one in zip(self.brackets[-1].rungs, kept, strict=True):
                rung.load(one)
        self.source.load(state["source"])
        self.running, self.first = set(state["running"]), int(state["first"])
