"""Bayesian optimisation with a Gaussian process: propose the candidate of largest expected improvement under the model.

Jones, Schonlau and Welch, "Efficient global optimization", 1998; Snoek, Larochelle and Adams, NIPS 2012, https://arxiv.org/abs/1206.2944;
kernels of options and numbers together as in Wan et al., "Think global and act local", ICML 2021, https://arxiv.org/abs/2102.07188.
Deviations: the acquisition is maximised over a pool of candidates (the whole space where it is small), so that constraints and
conditions hold by themselves; several objectives by a random scalarisation a proposal (Knowles, "ParEGO", 2006); measured
limits by the probability that they are kept; failed trials as limits that are broken; pending trials by believing the model
(Ginsbourger et al. 2010); losses enter by their logarithm above the lowest. Beyond `observations` results the model sees the
best half of that many and the others evenly over time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from algorithms.bayesian.acquisition import NAMES, Name, log_kept, worth
from algorithms.bayesian.kernels import Kernel, Places
from algorithms.bayesian.pool import around, drawn, whole
from algorithms.bayesian.regression import ENTRIES, Posterior, fit, posterior
from algorithms.bayesian.targets import kept, scalarised, standardised, thinned
from algorithms.history import History
from algorithms.settings import at_least_zero, count
from symbolic.points import Point, Population
from symbolic.search.events import Event, Plain, Trial
from symbolic.search.problem import Needs, Problem
from symbolic.search.protocols import Proposer
from symbolic.search.randomness import rng
from symbolic.search.unseen import Keys, fresh, unseen
from symbolic.table import sample
from symbolic.table.rows import stack

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
FITTED = 200
"""How many results at most the hyper-parameters are fitted to."""
BEST = 32
"""How many of the best candidates have others looked at near them."""


@attrs.frozen
class GP:
    """A Gaussian process with one length scale a decision.

    The first `startup` candidates are drawn from the priors. `acquisition`: `ei`, `logei`, `pi` or `ucb` (`kappa` deviations of
    optimism). `candidates`: how many are compared a proposal, twice as many where that is the whole space. `pending`: trials in
    flight are taken to give what the model expects (`believer`) or the mean of all (`liar`). `observations`: how many results
    the model sees at once.
    """

    startup: int = count(default=10)
    acquisition: Name = attrs.field(default="logei", validator=attrs.validators.in_(NAMES))
    kappa: float = at_least_zero(default=2.0)
    candidates: int = count(at_least=16, default=10_000)
    pending: Literal["believer", "liar"] = attrs.field(default="believer", validator=attrs.validators.in_(("believer", "liar")))
    observations: int = count(at_least=16, default=256)

    @property
    def needs(self) -> Needs:
        """Anything that can be evaluated, any number of objectives."""
        return Needs(objectives=None)

    def start(self, problem: Problem) -> Proposer:
        """Return a running search."""
        return GPSearch(problem, self, Places(problem.table), History(problem.objectives))


@attrs.define
class GPSearch:
    """The history is the whole state: hyper-parameters are fitted to its first results at fixed counts, and kept meanwhile."""

    problem: Problem
    options: GP
    places: Places
    history: History
    _kernels: dict[str, tuple[int, Kernel]] = attrs.field(factory=dict, init=False)
    _pool: tuple[Population, F64] | None = attrs.field(default=None, init=False)
    _looked: bool = attrs.field(default=False, init=False)

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        """Propose per number the candidate worth most among those not proposed yet."""
        return [Trial(number, point) for number, point in fresh(numbers, self.history.seen, self._find)]

    def tell(self, events: Iterable[Event]) -> None:
        """Remember."""
        self.history.tell(events)

    def _find(self, number: int, keys: Keys) -> Point | None:
        table, known, generator = self.problem.table, len(self.history.finished), rng(self.problem.seed, number)
        waiting = [*self.history.pending.values(), *keys.batch.values()]
        started = known + len(waiting) >= self.options.startup
        if started and known >= 2 and self.places.parts and np.isfinite(self.history.losses).all(1).sum() >= 2:
            found = self._best(keys, waiting, generator)
            if found is not None:
                return found
        return unseen(table, lambda g: sample(table, 1, g)[0], keys, generator)

    def _best(self, keys: Keys, waiting: Sequence[Point], generator: np.random.Generator) -> Point | None:
        weights = generator.dirichlet(np.ones(self.history.losses.shape[1]))
        judge = self._judge(weights, waiting)
        pool, values = self._judged(judge, generator)
        for row in np.argsort(-values, kind="stable").tolist():
            point = pool[row]
            if point.key not in keys:
                return point
        return None

    def _judged(self, judge: Judge, generator: np.random.Generator) -> tuple[Population, F64]:
        """Return candidates and what each is worth."""
        if not self._looked:
            rows, self._looked = whole(self.problem.table, 2 * self.options.candidates), True
            self._pool = None if rows is None else (rows, self.places.of(rows).astype(np.float32))
        if self._pool is not None:
            return self._pool[0], judge.worth(self._pool[1])
        axes, best = self.places.axes, self.history.rows.take(self.history.order()[: 2 * BEST])
        pool = drawn(axes, best, self.options.candidates, generator)
        values = judge.worth(self.places.of(pool).astype(np.float32))
        top = pool.take(np.argsort(-values, kind="stable")[:BEST])
        more = around(axes, top, max(self.options.candidates // 16, BEST), generator)
        return stack([pool, more]), np.concatenate([values, judge.worth(self.places.of(more).astype(np.float32))])

    def _judge(self, weights: F64, waiting: Sequence[Point]) -> Judge:
        """Return the models of the loss (by a scalarisation) and, where results broke limits or failed, of what keeps them."""
        finite = np.flatnonzero(np.isfinite(self.history.losses).all(1))
        target = standardised(scalarised(self.history.losses[finite], weights))
        held = self.history.violations[finite] <= 0
        at = self.places.of(Population.of(list(waiting))) if waiting else None
        use = thinned(target, self.options.observations)
        loss = self._believing(self._model("loss", finite[use], target[use]), at)
        feasible = held[use]
        best = float(loss.fitted[: len(use)][feasible].min()) if feasible.any() else None
        broken = kept(self.history.violations)
        limits = None
        if (broken > 0).any():
            use = thinned(broken, self.options.observations)
            limits = self._believing(self._model("kept", use, broken[use]), at)
        return Judge(self.options, loss, limits, best)

    def _believing(self, model: Posterior, at: F64 | None) -> Posterior:
        return model if at is None else model.believing(at, None if self.options.pending == "believer" else 0.0)

    def _model(self, name: str, positions: I64, target: F64) -> Posterior:
        return posterior(self._kernel(name), self.places.of(self.history.rows.take(positions)), target)

    def _kernel(self, name: str) -> Kernel:
        """Return the kernel fitted to the first results: each time there are a tenth more, objectives of equal weight."""
        count = fitted_at(len(self.history.finished))
        known = self._kernels.get(name)
        if known is None or known[0] != count:
            losses = self.history.losses[:count]
            rows = np.flatnonzero(np.isfinite(losses).all(1)) if name == "loss" else np.arange(count)
            if name == "loss":
                target = standardised(scalarised(losses[rows], np.full(losses.shape[1], 1 / losses.shape[1])))
            else:
                target = kept(self.history.violations[:count])
            most = min(FITTED, self.options.observations, int((ENTRIES / self.places.parts) ** 0.5))
            use = thinned(target, max(16, most))
            kernel = fit(self.places, self.places.of(self.history.rows.take(rows[use])), target[use])
            known = self._kernels[name] = (count, kernel)
        return known[1]

    def state_dict(self) -> dict[str, Plain]:
        """Return the history."""
        return self.history.state()

    def load_state_dict(self, state: Mapping[str, Plain]) -> None:
        """Continue from a state."""
        self.history.load(state)
        self._kernels = {}


@attrs.frozen(eq=False)
class Judge:
    """The models of one proposal. `best`: the expected loss of the best candidate that keeps all limits, None without one."""

    options: GP
    loss: Posterior
    limits: Posterior | None
    best: float | None

    def worth(self, at: F64) -> F64:
        """Return what candidates at places `[row, coordinate]` are worth."""
        keeps: F64 | float = log_kept(*self.limits.predict(at)) if self.limits is not None else 0.0
        if self.best is None:
            return np.zeros(len(at)) + keeps
        mean, deviation = self.loss.predict(at)
        return worth(self.options.acquisition, mean, deviation, self.best, kappa=self.options.kappa, log_kept=keeps)


def fitted_at(known: int) -> int:
    """Return to how many of the results hyper-parameters are fitted: all up to 32, then steps of a tenth.

    >>> [fitted_at(n) for n in (5, 32, 35, 36, 100)]
    [5, 32, 32, 36, 99]
    """
    count = min(known, 32)
    while count >= 32 and (larger := -(-count * 11 // 10)) <= known:
        count = larger
    return count
