"""Plot `history`: the value of every trial, and the best so far."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from symbolic.display.study_view import eligible
from symbolic.plots.figure import AMBER, BLUE, GREY, PlotError, axes, goal_label, legend, new_figure
from symbolic.search.finished import Study, StudyTrial

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def history(study: Study) -> Figure:
    """Return the figure, one part an objective. Raises `PlotError` where no trial has a value."""
    goals = study.objectives.goals
    shown = [t for t in study.trials if any(map(math.isfinite, t.values))]
    if not shown:
        raise PlotError(f"no trial of study {study.name!r} has a value yet")
    figure = new_figure(7.0, 1.2 + 2.6 * len(goals))
    good = eligible(study)
    for k, goal in enumerate(goals):
        made = axes(figure, len(goals), 1, k + 1, title=study.name if k == 0 else "", x="trial", y=goal_label(goal))
        for label, colour, trials in (("trials", BLUE, good), ("beyond a limit", GREY, _others(shown, good))):
            points = [(t.number, t.values[k]) for t in trials if math.isfinite(t.values[k])]
            if points:
                made.scatter(
                    [n for n, _ in points], [v for _, v in points], s=14, color=colour, alpha=0.55, linewidths=0, label=label
                )
        steps = best_steps(good, k, goal.maximize)
        if steps:
            made.step(
                [n for n, _ in steps], [v for _, v in steps], where="post", color=AMBER, linewidth=1.8, label="best so far"
            )
        base = study.baseline
        if base is not None and math.isfinite(base.values[k]):
            made.axhline(base.values[k], color=GREY, linewidth=1.0, linestyle=(0, (4, 3)), label="default candidate")
        legend(made)
    return figure


def best_steps(trials: list[StudyTrial], goal: int, maximize: bool) -> list[tuple[int, float]]:
    """Return (trial, best value so far) in order of number."""
    better = max if maximize else min
    steps: list[tuple[int, float]] = []
    for t in trials:
        value = t.values[goal]
        steps.append((t.number, value if not steps else better(value, steps[-1][1])))
    return steps


def _others(trials: list[StudyTrial], good: list[StudyTrial]) -> list[StudyTrial]:
    numbers = {t.number for t in good}
    return [t for t in trials if t.number not in numbers]
