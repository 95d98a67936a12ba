"""How long a one-shot search runs: epochs of the supernet that fit the budget, measured and written down."""

from __future__ import annotations

import numpy as np

from symbolic.search.problem import Problem

SEARCH_SHARE = 0.7
"""Share of a time budget for the search; the rest retrains what was derived."""
DEFAULT_EPOCHS = 20
REACH = 6.0
"""How far the paper's search of DARTS can move a logit: 3e-4 times about 20,000 steps."""


def epochs_for(problem: Problem, signals: tuple[str, ...], share: float = SEARCH_SHARE) -> int:
    """Return how many epochs of the supernet fit: one trial per training batch for each of `signals`.

    With a time budget, `share` of it divided by the measured seconds of one such round (at least 1 epoch);
    without one, 20.
    """
    facts, seconds = problem.facts, problem.budget.seconds
    measured = [facts.seconds.get(signal) for signal in signals]
    if seconds is None or facts.steps_per_epoch is None or any(s is None for s in measured):
        return DEFAULT_EPOCHS
    epoch_s = facts.steps_per_epoch * sum(s for s in measured if s is not None)
    return max(1, int(share * seconds / epoch_s))


def planned_steps(problem: Problem, epochs: int | None) -> int | None:
    """Return the number of weight steps of so many epochs, None where their length is not known before data are loaded."""
    return None if epochs is None or problem.facts.steps_per_epoch is None else steps_of(problem, epochs)


def steps_of(problem: Problem, epochs: int) -> int:
    """Return the number of weight steps of so many epochs."""
    return epochs * (problem.facts.steps_per_epoch or 1)


def annealed(start: float, end: float, iteration: int, total: int) -> float:
    """Return the value on the line from `start` at iteration 0 to `end` at the last of `total`.

    >>> [annealed(10.0, 0.0, i, 5) for i in range(5)]
    [10.0, 7.5, 5.0, 2.5, 0.0]
    """
    return start + (end - start) * iteration / max(1, total - 1)


def reach(problem: Problem, epochs: int) -> float:
    """Return the learning rate of the logits that can move one by 6 in so many epochs, within [3e-4, 3e-2]."""
    return float(np.clip(REACH / steps_of(problem, epochs), 3e-4, 3e-2))
