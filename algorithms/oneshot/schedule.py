"""How long a one-shot search runs: epochs of the supernet that fit the budget, measured and written down."""

from __future__ import annotations

from symbolic.search.problem import Problem

SEARCH_SHARE = 0.7
"""Share of a time budget for the search; the rest retrains what was derived."""
DEFAULT_EPOCHS = 20


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
