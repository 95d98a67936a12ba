"""BOHB: Hyperband's brackets filled by a density model of the highest fidelity that knows enough.

Falkner, Klein and Hutter, "BOHB: robust and efficient hyperparameter optimization at scale", ICML 2018,
https://arxiv.org/abs/1807.01774. It is `hyperband(tpe)` under the name people know. Deviations: the model is `tpe` as it stands
here, whose start-up draws come from the priors and whose kernels are mixed with the prior; a fixed share of random candidates,
the paper's guarantee, is not drawn beside them; pending candidates are known to the model.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from algorithms.bayesian.tpe import TPE
from algorithms.fidelity.hyperband import hyperband_search, hyperband_stages
from algorithms.fidelity.inner import Inners, inside
from algorithms.fidelity.rungs import levels
from algorithms.settings import count
from symbolic.search.complete import scaled
from symbolic.search.problem import Needs, Problem
from symbolic.search.protocols import Algorithm, Proposer
from symbolic.search.stages import Stage


@attrs.frozen
class BOHB:
    """Hyperband around the sampler `model`. `enough`: results that a rung's model needs before it proposes."""

    model: Algorithm = attrs.field(factory=TPE)
    eta: int = count(at_least=2, default=3)
    enough: int = count(default=8)

    @property
    def needs(self) -> Needs:
        """A fidelity; promoted trials continue where the backend can, else they begin again."""
        return Needs(objectives=None, fidelity=True)

    def parts(self, problem: Problem) -> Sequence[tuple[str, Algorithm, Problem]]:
        """Return the model."""
        return (("bohb's model", self.model, inside(problem)),)

    def scaled(self, problem: Problem) -> BOHB:
        """Return the settings for the budget: the model's."""
        return attrs.evolve(self, model=scaled(self.model, inside(problem)))

    def stages(self, problem: Problem) -> tuple[Stage, ...]:
        """Return the rungs of the first brackets."""
        return hyperband_stages(problem, self.eta)

    def start(self, problem: Problem) -> Proposer:
        """Return a running search. Raises `FidelityError` for fewer than two rungs."""
        rungs = len(levels(problem.fidelity, self.eta))
        return hyperband_search("bohb", problem, self.eta, Inners.of("bohb", self.model, problem, rungs, self.enough))
