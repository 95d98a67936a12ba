"""Hyperband: brackets of successive halving, from many candidates trained a little to few trained in full, in turn.

Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar, "Hyperband: a novel bandit-based approach to hyperparameter optimization",
JMLR 18(185), 2018, https://arxiv.org/abs/1603.06560. Deviations: as `successive_halving`; candidates come from any sampler.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import attrs

from algorithms.fidelity.brackets import BracketSearch, bracket_stages, hyperband_shape
from algorithms.fidelity.inner import Inners, Source, inside
from algorithms.fidelity.rungs import levels
from algorithms.random import Random
from algorithms.settings import count
from symbolic.search.complete import scaled
from symbolic.search.problem import Needs, Problem
from symbolic.search.protocols import Algorithm, Proposer
from symbolic.search.stages import Stage


@attrs.frozen
class Hyperband:
    """Hyperband around `inner`. `enough`: results that a rung's sampler needs before it proposes."""

    inner: Algorithm = attrs.field(factory=Random)
    eta: int = count(at_least=2, default=3)
    enough: int = count(default=8)

    @property
    def needs(self) -> Needs:
        """A fidelity; promoted trials continue where the backend can, else they begin again."""
        return Needs(objectives=None, fidelity=True)

    def parts(self, problem: Problem) -> Sequence[tuple[str, Algorithm, Problem]]:
        """Return the sampler."""
        return (("hyperband's sampler", self.inner, inside(problem)),)

    def scaled(self, problem: Problem) -> Hyperband:
        """Return the settings for the budget: the sampler's."""
        return attrs.evolve(self, inner=scaled(self.inner, inside(problem)))

    def stages(self, problem: Problem) -> tuple[Stage, ...]:
        """Return the rungs of the first brackets."""
        return hyperband_stages(problem, self.eta)

    def start(self, problem: Problem) -> Proposer:
        """Return a running search. Raises `FidelityError` for fewer than two rungs."""
        rungs = len(levels(problem.fidelity, self.eta))
        return hyperband_search("hyperband", problem, self.eta, Inners.of("hyperband", self.inner, problem, rungs, self.enough))


def hyperband_stages(problem: Problem, eta: int) -> tuple[Stage, ...]:
    """Return what `plan` prints of Hyperband's brackets."""
    rising = levels(problem.fidelity, eta)
    return bracket_stages(partial(hyperband_shape, rungs=len(rising), eta=eta), rising, problem.budget.trials)


def hyperband_search(name: str, problem: Problem, eta: int, source: Source) -> BracketSearch:
    """Return Hyperband's brackets, filled by `source`; memo keys begin with `name`."""
    rising = levels(problem.fidelity, eta)
    shape = partial(hyperband_shape, rungs=len(rising), eta=eta)
    return BracketSearch(name, eta, rising, shape, problem.objectives, source)
