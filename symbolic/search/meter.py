"""The budget of a study: what was spent over all sittings, and what that ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import attrs

from symbolic.search.problem import Budget

Why = Literal["trials", "seconds", "cost", "done", "interrupted", "failing", "diverged", "error"]


@attrs.define
class Meter:
    """Seconds are those of `clock` in this sitting plus `before`, the earlier ones."""

    budget: Budget
    clock: Callable[[], float]
    before: float = 0.0
    began: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.began = self.clock()

    def elapsed(self) -> float:
        """Return the wall seconds of all sittings together."""
        return self.before + self.clock() - self.began

    def left_s(self) -> float | None:
        """Return the seconds left, at least 0; None without a limit."""
        return None if self.budget.seconds is None else max(0.0, self.budget.seconds - self.elapsed())

    def room(self, proposed: int) -> int | None:
        """Return how many more trials may be proposed; None without a limit."""
        return None if self.budget.trials is None else max(0, self.budget.trials - proposed)

    def spent(self, proposed: int, cost_s: float) -> Why | None:
        """Return which part of the budget is used up, None while there is some of all."""
        if self.budget.trials is not None and proposed >= self.budget.trials:
            return "trials"
        if self.budget.seconds is not None and self.elapsed() >= self.budget.seconds:
            return "seconds"
        if self.budget.cost_s is not None and cost_s >= self.budget.cost_s:
            return "cost"
        return None
