"""Successive halving: train many candidates a little, then the best 1/eta of them eta times as long, until few remain.

Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", AISTATS 2016,
https://arxiv.org/abs/1502.07943. Deviations: promoted candidates continue from their checkpoints; rungs shrink where fewer end
`ok` than should go on; one bracket follows another until the budget ends, and opens early where workers would wait; candidates
come from any sampler.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import attrs

from algorithms.fidelity.brackets import BracketSearch, Shape, bracket_stages, halving
from algorithms.fidelity.inner import Inners, inside
from algorithms.fidelity.rungs import levels
from algorithms.random import Random
from algorithms.settings import count
from symbolic.search.complete import scaled
from symbolic.search.problem import Needs, Problem
from symbolic.search.protocols import Algorithm, Proposer
from symbolic.search.stages import Stage


@attrs.frozen
class SuccessiveHalving:
    """Successive halving around `inner`.

    `candidates`: how many begin in a bracket (left out: so many that one reaches the top). `enough`: results that a rung's
    sampler needs before it proposes.
    """

    inner: Algorithm = attrs.field(factory=Random)
    eta: int = count(at_least=2, default=3)
    candidates: int | None = count()
    enough: int = count(default=8)

    @property
    def needs(self) -> Needs:
        """A fidelity; promoted trials continue where the backend can, else they begin again."""
        return Needs(objectives=None, fidelity=True)

    def parts(self, problem: Problem) -> Sequence[tuple[str, Algorithm, Problem]]:
        """Return the sampler."""
        return (("successive_halving's sampler", self.inner, inside(problem)),)

    def scaled(self, problem: Problem) -> SuccessiveHalving:
        """Return the settings for the budget: the sampler's."""
        return attrs.evolve(self, inner=scaled(self.inner, inside(problem)))

    def stages(self, problem: Problem) -> tuple[Stage, ...]:
        """Return the rungs of the first brackets."""
        rising = levels(problem.fidelity, self.eta)
        return bracket_stages(self._shape(len(rising)), rising, problem.budget.trials)

    def start(self, problem: Problem) -> Proposer:
        """Return a running search. Raises `FidelityError` for fewer than two rungs."""
        rising, name = levels(problem.fidelity, self.eta), "successive_halving"
        source = Inners.of(name, self.inner, problem, len(rising), self.enough)
        return BracketSearch(name, self.eta, rising, self._shape(len(rising)), problem.objectives, source)

    def _shape(self, rungs: int) -> Callable[[int], Shape]:
        return partial(_same, halving(self.candidates or self.eta ** (rungs - 1), 0, rungs, self.eta))


def _same(shape: Shape, number: int) -> Shape:
    """Every bracket is planned alike."""
    return shape
