"""Plot `pareto`: all trials by two objectives, and the front of those that no other dominates; three and more by pairs."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from symbolic.display.study_view import eligible
from symbolic.plots.figure import AMBER, BLUE, PlotError, axes, goal_label, legend, new_figure
from symbolic.search.finished import Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def pareto(study: Study) -> Figure:
    """Return the figure. Raises `PlotError` for one objective, or where no trial has values."""
    goals = study.objectives.goals
    if len(goals) < 2:
        raise PlotError(f"study {study.name!r} has one objective ({goals[0]}), so there is no front: plot 'history'")
    if not eligible(study):
        raise PlotError(f"no trial of study {study.name!r} has all values yet")
    pairs = list(itertools.combinations(range(len(goals)), 2))
    columns = min(3, len(pairs))
    rows = -(-len(pairs) // columns)
    figure = new_figure(1.0 + (5.0 if columns == 1 else 3.4 * columns), 0.6 + (3.8 if rows == 1 else 3.2 * rows))
    for k, (a, b) in enumerate(pairs):
        title = study.name if k == 0 else ""
        made = axes(figure, rows, columns, k + 1, title=title, x=goal_label(goals[a]), y=goal_label(goals[b]))
        _pair(study, made, a, b)
        if k == 0:
            legend(made)
    return figure


def _pair(study: Study, made: Axes, a: int, b: int) -> None:
    front = sorted(study.pareto, key=lambda t: (t.values[a], t.values[b]))
    numbers = {t.number for t in front}
    rest = [t.values for t in eligible(study) if t.number not in numbers]
    if rest:
        made.scatter([v[a] for v in rest], [v[b] for v in rest], s=14, color=BLUE, alpha=0.5, linewidths=0, label="trials")
    x, y = [t.values[a] for t in front], [t.values[b] for t in front]
    made.scatter(x, y, s=30, color=AMBER, linewidths=0, zorder=3, label="front")
    if len(study.objectives.goals) == 2:
        where = "post" if not study.objectives.goals[a].maximize else "pre"
        made.step(x, y, where=where, color=AMBER, linewidth=1.2)  # type: ignore[arg-type]
