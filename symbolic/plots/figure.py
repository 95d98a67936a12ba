"""Figures: made without pyplot, so that nothing is kept, no window opens and no setting of the user's changes."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from symbolic.errors import SymspaceError
from symbolic.search.objectives import Objective

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, AMBER, GREY, RED = "#3b78b5", "#d9a531", "#9aa4ae", "#c0504d"
INK, FAINT = "#24292f", "#d8dee4"
FINE = 9


class PlotError(SymspaceError):
    """A plot that cannot be made: the study does not have what it shows, or matplotlib is missing."""


def new_figure(width: float = 7.0, height: float = 4.0) -> Figure:
    """Return an empty figure, sizes in inches. Raises `PlotError` where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError as e:
        raise PlotError("plots need matplotlib: pip install 'symspace[plot]'") from e
    if "IPython" in sys.modules:
        import matplotlib.pyplot  # noqa: F401  # tells notebooks how figures are shown
    return Figure(figsize=(width, height), layout="constrained")


def axes(figure: Figure, *place: int, title: str = "", x: str = "", y: str = "") -> Axes:
    """Add axes at a place of the figure's grid (rows, columns, number), calm and labelled."""
    made = figure.add_subplot(*(place or (1, 1, 1)))
    made.set_title(plain(title), loc="left", fontsize=FINE + 1, color=INK)
    made.set_xlabel(plain(x), fontsize=FINE, color=INK)
    made.set_ylabel(plain(y), fontsize=FINE, color=INK)
    tidy(made)
    return made


def tidy(made: Axes) -> None:
    """Take away what no one reads: the upper and right edge, dark ticks."""
    for side in ("top", "right"):
        made.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        made.spines[side].set_color(GREY)
    made.tick_params(colors=INK, labelsize=FINE - 1, color=GREY)
    made.grid(True, color=FAINT, linewidth=0.6)
    made.set_axisbelow(True)


def legend(made: Axes) -> None:
    """Add a legend without a frame, where something has a name."""
    if made.get_legend_handles_labels()[1]:
        made.legend(frameon=False, fontsize=FINE - 1)


def plain(words: str) -> str:
    """Return a text that matplotlib shows as it is: a dollar starts no formula."""
    return words.replace("$", r"\$")


def goal_label(goal: Objective) -> str:
    """Return an objective as the label of an axis."""
    return f"{goal.expression} ({'higher' if goal.maximize else 'lower'} is better)"


def svg_of(figure: Figure) -> str:
    """Return a figure as SVG for a page: text stays text, equal figures give equal text."""
    import matplotlib

    out = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "symspace"}):
        figure.savefig(out, format="svg", metadata={"Date": None})
    text = out.getvalue()
    return text[text.index("<svg") :]


def shade(values: Sequence[float]) -> list[float]:
    """Return each value's place among all, from 0 for the least to 1 for the largest: colours by rank.

    >>> shade([3.0, 1.0, 2.0])
    [1.0, 0.0, 0.5]
    """
    order = sorted(range(len(values)), key=lambda i: values[i])
    places = {i: k / max(1, len(values) - 1) for k, i in enumerate(order)}
    return [places[i] for i in range(len(values))]
