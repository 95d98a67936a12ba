"""Plot `curves`: what trials reported on their way."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from symbolic.plots.figure import AMBER, BLUE, PlotError, axes, goal_label, legend, new_figure
from symbolic.search.finished import Study, StudyError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def curves(study: Study) -> Figure:
    """Return the figure of the first objective over the fidelity. Raises `PlotError` where trials reported nothing of it."""
    goal = study.objectives.goals[0]
    lines = {}
    for number, reports in study.reports.items():
        points = [(r.fidelity, value) for r in reports if math.isfinite(value := goal.value(r.metrics))]
        if points:
            lines[number] = points
    if not lines:
        raise PlotError(f"the trials of study {study.name!r} reported no {goal.expression} on their way")
    fidelities = study.space.lower().fidelities
    figure = new_figure()
    made = axes(figure, title=study.name, x=fidelities[0].path if len(fidelities) == 1 else "step", y=goal_label(goal))
    best = _best(study)
    for number, points in lines.items():
        x, y = zip(*points, strict=True)
        if number == best:
            made.plot(x, y, color=AMBER, linewidth=2.2, marker="o", markersize=3, zorder=3, label=f"trial {number}, the best")
        else:
            made.plot(x, y, color=BLUE, linewidth=0.9, alpha=0.45, marker="o" if len(x) == 1 else None, markersize=2)
    legend(made)
    return figure


def _best(study: Study) -> int | None:
    try:
        return study.best.number
    except StudyError:
        return None
