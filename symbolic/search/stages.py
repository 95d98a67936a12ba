"""What a search would do, in parts: weight steps, scores, rungs of a scheduler, retraining. Told before anything runs."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from symbolic.search.problem import Problem
from symbolic.search.protocols import Algorithm


@attrs.frozen
class Stage:
    """One part of a search: what is done how often (`count` None: until the budget ends), and at which fidelity.

    `each_s`: seconds of one, where the backend measured them; `evaluation`: one is a trial that trains a candidate, so that it
    takes what a timed trial took, in the share `fidelity` / high.
    """

    what: str
    count: int | None = None
    fidelity: float | None = None
    each_s: float | None = None
    evaluation: bool = True


def stages(algorithm: Algorithm, problem: Problem) -> tuple[Stage, ...]:
    """Return the parts of a search. An algorithm tells its own by `stages(problem)`; for any other they are its trials."""
    own = getattr(algorithm, "stages", None)
    if own is None:
        return (Stage("trials", problem.budget.trials),)
    told: Iterable[Stage] = own(problem)
    return tuple(told)


def seconds(parts: Iterable[Stage], trial_s: float | None, high: float | None, workers: int) -> float | None:
    """Return how long the parts take together, None where that is not known.

    `trial_s`: of one trial at the high end of the fidelity; `workers` share the trials, one process does the rest.
    """
    total = 0.0
    for part in parts:
        share = 1.0 if part.fidelity is None or not high else part.fidelity / high
        known = trial_s * share / max(1, workers) if part.evaluation and trial_s is not None else part.each_s
        if part.count is None or known is None:
            return None
        total += part.count * known
    return total
