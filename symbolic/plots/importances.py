"""Plot `importances`: how much each decision matters for the objectives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbolic.plots.figure import AMBER, BLUE, GREY, RED, axes, legend, new_figure, plain
from symbolic.search.finished import Study
from symbolic.search.importance import importances as shares_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 15
"""Decisions shown."""
COLOURS = (BLUE, AMBER, RED, GREY)


def importances(study: Study) -> Figure:
    """Return the figure. Raises `ImportanceError` where the results do not tell."""
    goals = study.objectives.goals
    shares = [shares_of(study, k) for k in range(len(goals))]
    total = {path: sum(s[path] for s in shares) for path in shares[0]}
    paths = sorted(total, key=lambda path: -total[path])[:MOST]
    figure = new_figure(7.0, 1.2 + 0.3 * len(paths) * max(1, len(goals) * 0.6))
    made = axes(figure, title=f"{study.name}: which decisions matter", x="share")
    height = 0.75 / len(goals)
    for k, goal in enumerate(goals):
        places = [i - 0.375 + height * (k + 0.5) for i in range(len(paths))]
        label = str(goal) if len(goals) > 1 else ""
        made.barh(places, [shares[k][p] for p in paths], height * 0.92, color=COLOURS[k % len(COLOURS)], label=label)
    made.set_yticks(range(len(paths)), [plain(path) for path in paths])
    made.invert_yaxis()
    made.grid(False, axis="y")
    if len(goals) > 1:
        legend(made)
    return figure
