"""The tree-structured Parzen estimator: propose where good candidates are dense and bad ones are not.

Bergstra, Bardenet, Bengio and Kegl, "Algorithms for hyper-parameter optimization", NeurIPS 2011; joint kernels over all
decisions as in Falkner, Klein and Hutter, "BOHB", ICML 2018, https://arxiv.org/abs/1807.01774, so that decisions that are good
together are found together. An inactive decision says nothing, wherever it is inactive. Deviations: pending trials count as bad
(a constant liar); several objectives are split by non-domination and crowding, measured limits by how far they are broken;
candidates come from the good density, from its best observations by one mutation, and from the prior, and break no constraint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs
import numpy as np

from algorithms.bayesian.density import Axes, Density, density
from algorithms.bayesian.kernel_draws import kernel_draws
from algorithms.history import History
from algorithms.settings import count, positive, share
from symbolic.points import Point, Population
from symbolic.search.events import Event, Plain, Trial
from symbolic.search.problem import Needs, Problem
from symbolic.search.protocols import Proposer
from symbolic.search.randomness import rng
from symbolic.search.unseen import Keys, fresh, unseen
from symbolic.table import mutate, sample
from symbolic.table.rows import stack


@attrs.frozen
class TPE:
    """TPE with joint kernels.

    The first `startup` candidates are drawn from the priors. `gamma`: the share of finished trials that count as good, at most
    `most_good` of them. `candidates`: how many are compared before one is proposed. `spread`: standard deviation of a number's
    kernel on its unit scale for one observation. `prior_weight`: how many observations the prior is worth in a category.
    """

    startup: int = count(default=10)
    gamma: float = share(default=0.15)
    most_good: int = count(default=25)
    candidates: int = count(at_least=4, default=96)
    spread: float = positive(default=0.2)
    prior_weight: float = positive(default=1.0)

    @property
    def needs(self) -> Needs:
        """Anything that can be evaluated, any number of objectives."""
        return Needs(objectives=None)

    def start(self, problem: Problem) -> Proposer:
        """Return a running search."""
        return TPESearch(problem, self, Axes(problem.table), History(problem.objectives))


@attrs.define
class TPESearch:
    """The history is the whole state; densities are made afresh for each proposal."""

    problem: Problem
    options: TPE
    axes: Axes
    history: History

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        """Propose per number the candidate with the best ratio of densities among those not proposed yet."""
        return [Trial(number, point) for number, point in fresh(numbers, self.history.seen, self._find)]

    def tell(self, events: Iterable[Event]) -> None:
        """Remember."""
        self.history.tell(events)

    def _find(self, number: int, keys: Keys) -> Point | None:
        table, known, generator = self.problem.table, len(self.history.finished), rng(self.problem.seed, number)
        waiting = [*self.history.pending.values(), *keys.batch.values()]
        if known + len(waiting) >= self.options.startup and known >= 2:
            found = self._best_ratio(keys, waiting, generator)
            if found is not None:
                return found
        return unseen(table, lambda g: sample(table, 1, g)[0], keys, generator)

    def _best_ratio(self, keys: Keys, waiting: list[Point], generator: np.random.Generator) -> Point | None:
        order, rows = self.history.order(), self.history.rows
        good = max(1, min(int(np.ceil(self.options.gamma * len(order))), self.options.most_good))
        bad = rows.take(order[good:])
        bad = stack([bad, Population.of(waiting)]) if waiting else bad
        settings = {"spread": self.options.spread, "prior_weight": self.options.prior_weight}
        likes, dislikes = (density(self.axes, part, **settings) for part in (rows.take(order[:good]), bad))
        pool = self._pool(likes, generator)
        features = self.axes.features(pool)
        ratio = likes.log(features) - dislikes.log(features)
        for row in np.argsort(-ratio, kind="stable").tolist():
            point = pool[row]
            if point.key not in keys:
                return point
        return None

    def _pool(self, likes: Density, generator: np.random.Generator) -> Population:
        """Half from the good density, the rest mutants of good candidates and draws from the prior."""
        half, quarter = self.options.candidates // 2, self.options.candidates // 4
        parents = likes.rows.take(generator.integers(0, len(likes.rows), quarter))
        parts = [kernel_draws(likes, half, generator), mutate(self.problem.table, parents, generator)]
        return stack([*parts, sample(self.problem.table, quarter, generator)])

    def state_dict(self) -> dict[str, Plain]:
        """Return the history."""
        return self.history.state()

    def load_state_dict(self, state: Mapping[str, Plain]) -> None:
        """Continue from a state."""
        self.history.load(state)
