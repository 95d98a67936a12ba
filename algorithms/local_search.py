"""Local search: evaluate the neighbours of the best candidate, move to the first that is better, restart at a local optimum.

White, Nolen and Savani, "Exploring the loss landscape in neural architecture search", UAI 2021,
https://arxiv.org/abs/2005.02960. Deviations: neighbours are visited in random order, and the search moves as soon as one is
better (`first`) or after all of them (`best`); a fresh start is drawn from the priors; floats, which have no neighbours, are
mutated, and so is everything where there are too many neighbours to list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import attrs
import numpy as np

from algorithms.history import History
from algorithms.settings import count
from symbolic.errors import SpaceError
from symbolic.points import Point
from symbolic.search.events import Event, Plain, Trial
from symbolic.search.problem import Needs, Problem
from symbolic.search.protocols import Proposer
from symbolic.search.randomness import POPULATION, rng
from symbolic.search.unseen import Keys, fresh, unseen
from symbolic.table import mutate_one, neighbours, sample


@attrs.frozen
class LocalSearch:
    """Local search from the best of `startup` draws.

    `move`: to the `first` better neighbour, or to the `best` of all. `mutants`: how many mutations count as neighbours of a
    candidate that has floats, or too many neighbours to list.
    """

    startup: int = count(default=5)
    move: Literal["first", "best"] = attrs.field(default="first", validator=attrs.validators.in_(("first", "best")))
    mutants: int = count(at_least=0, default=8)

    @property
    def needs(self) -> Needs:
        """Anything that can be evaluated, one objective."""
        return Needs()

    def start(self, problem: Problem) -> Proposer:
        """Return a running search."""
        return LocalSearchRun(problem, self, History(problem.objectives), self.startup)


@attrs.define
class LocalSearchRun:
    """`centre`: position in the history of the candidate whose neighbours are visited, -1 while a start is looked for.

    `rivals`: positions of what it is compared with: the round's results and neighbours known before. `ahead`: the neighbours
    left to visit, in order. `starts`: how many draws of a start are still to come. `visited`: keys of all centres.
    """

    problem: Problem
    options: LocalSearch
    history: History
    starts: int
    centre: int = -1
    rivals: list[int] = attrs.field(factory=list)
    ahead: list[Point] = attrs.field(factory=list)
    visited: set[bytes] = attrs.field(factory=set)

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        """Propose the neighbours left, then draws from the priors."""
        return [Trial(number, point) for number, point in fresh(numbers, self.history.seen, self._find)]

    def _find(self, number: int, keys: Keys) -> Point | None:
        left = next((p for p in self.ahead if p.key not in keys), None)
        return left or unseen(self.problem.table, self._draw, keys, rng(self.problem.seed, number))

    def _draw(self, generator: np.random.Generator) -> Point:
        return sample(self.problem.table, 1, generator)[0]

    def tell(self, events: Iterable[Event]) -> None:
        """Remember; where a round is over, or somebody found a better candidate, the next round begins there."""
        for event in events:
            before = len(self.history.finished)
            self.history.tell([event])
            if len(self.history.finished) > before:
                self._arrive(before)

    def _arrive(self, position: int) -> None:
        self.ahead = [p for p in self.ahead if p.key not in self.history.seen]
        self.rivals.append(position)
        self.starts -= self.starts > 0
        over = not self.ahead and not self.history.pending and self.starts == 0
        while over or (self.options.move == "first" and self.centre >= 0):
            best = int(self.history.order(np.array([self.centre, *self.rivals], np.int64)[self.centre < 0 :])[0])
            if best != self.centre:
                self._visit(best)
            elif over:  # a local optimum: start anew
                self.centre, self.rivals, self.starts = -1, [], self.options.startup
            else:
                return
            over = not self.ahead and not self.history.pending and self.centre >= 0

    def _visit(self, centre: int) -> None:
        """Begin a round: the neighbours of a candidate in random order; those known already are rivals from the start."""
        point, number = self.history.finished[centre].point, self.history.finished[centre].number
        self.visited.add(point.key)
        near = self._neighbours(point, rng(self.problem.seed, number, POPULATION))
        keys = {p.key for p in near} - self.visited
        self.ahead = [p for p in near if p.key not in self.history.seen]
        self.rivals = [i for i, o in enumerate(self.history.finished) if o.point.key in keys]
        self.centre = centre

    def _neighbours(self, point: Point, generator: np.random.Generator) -> list[Point]:
        table = self.problem.table
        try:
            rows = neighbours(table, point)
        except SpaceError:
            rows = sample(table, 0, generator)
        near = [rows[i] for i in generator.permutation(len(rows)).tolist()]
        if table.n_floats or not near:
            near += [mutate_one(table, point, generator) for _ in range(self.options.mutants)]
        return near

    def state_dict(self) -> dict[str, Plain]:
        """Return history and the round."""
        own = {"centre": self.centre, "rivals": list(self.rivals), "ahead": list(self.ahead), "starts": self.starts}
        return {**self.history.state(), **own, "visited": set(self.visited)}

    def load_state_dict(self, state: Mapping[str, Plain]) -> None:
        """Continue from a state."""
        self.history.load(state)
        self.centre, self.starts = int(state["centre"]), int(state["starts"])
        self.rivals, self.ahead, self.visited = list(state["rivals"]), list(state["ahead"]), set(state["visited"])
