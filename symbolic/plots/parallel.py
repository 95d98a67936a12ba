"""Plot `parallel`: parallel coordinates, an axis a decision and one for the objective, a line a trial."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from symbolic.display.study_view import eligible
from symbolic.display.words import columns, decision_path, number_text, set_of, value_text
from symbolic.plots.figure import FAINT, FINE, GREY, INK, PlotError, goal_label, new_figure, plain, shade
from symbolic.search.finished import Study
from symbolic.search.importance import ImportanceError, importances
from symbolic.table.table import FLOAT, INT, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 10
"""Decisions shown: those that matter most."""
INACTIVE = -0.12
"""Where a line passes an axis whose decision its candidate does not have."""
LABELS = 8
PAPER = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.8}


@attrs.frozen
class Axis:
    """One axis: places in [0, 1] of the values `[trial]`, None where inactive, and what stands beside it."""

    name: str
    places: tuple[float | None, ...]
    ticks: tuple[tuple[float, str], ...]


def parallel(study: Study) -> Figure:
    """Return the figure. Raises `PlotError` where no trial has a value or no decision varies."""
    trials = eligible(study)
    if not trials:
        raise PlotError(f"no trial of study {study.name!r} has a value yet")
    values = [t.candidate.to_dict() for t in trials]
    axes = [axis(study.space.lower(), c, values) for c in _columns(study)]
    if not axes:
        raise PlotError(f"the space of study {study.name!r} has no decisions")
    goal = study.objectives.goals[0]
    axes.append(_scaled(goal_label(goal), [t.value for t in trials]))
    figure = new_figure(max(6.0, 1.0 + 1.25 * len(axes)), 4.6)
    made = figure.add_subplot()
    good = shade([t.value if goal.maximize else -t.value for t in trials])
    for i in sorted(range(len(trials)), key=lambda i: good[i]):
        y = [INACTIVE if (p := a.places[i]) is None else p for a in axes]
        made.plot(range(len(axes)), y, color=_colour(good[i]), linewidth=0.8 + good[i], alpha=0.25 + 0.6 * good[i] ** 2)
    for x, a in enumerate(axes):
        _draw_axis(made, x, a, ends=x == len(axes) - 1)
    made.set_xlim(-0.4, len(axes) - 0.4)
    made.set_ylim(INACTIVE - 0.06, 1.06)
    made.set_axis_off()
    made.set_title(
        plain(f"{study.name}: {len(trials)} trials, the best are dark"), loc="left", fontsize=FINE + 1, color=INK, pad=34
    )
    return figure


def axis(table: Table, column: int, values: Sequence[Mapping[str, Any]]) -> Axis:
    """Return the axis of a decision: numbers on their own scale, anything else by the place of its option."""
    path = decision_path(table, column)
    here = [_first(v.get(path)) for v in values]
    if table.kind[column] in (INT, FLOAT):
        return _numbers(table, column, path, here, [path in v for v in values])
    if set_of(table, column) is None:
        words = [value_text(v) if path in row else None for v, row in zip(here, values, strict=True)]
        options = [value_text(v) for v in table.values[column] or ()]
    else:
        words = [value_text(v) if path in row else None for v, row in zip(here, values, strict=True)]
        options = sorted({w for w in words if w is not None})
    at = {word: k / max(1, len(options) - 1) if len(options) > 1 else 0.5 for k, word in enumerate(options)}
    shown = options if len(options) <= LABELS else [options[0], options[-1]]
    return Axis(path, tuple(None if w is None else at[w] for w in words), tuple((at[o], o) for o in shown))


def _first(value: Any) -> Any:
    """The value that a decision begins with, where it follows a schedule."""
    return value["values"][0] if isinstance(value, dict) else value


def _numbers(table: Table, column: int, path: str, here: Sequence[Any], active: Sequence[bool]) -> Axis:
    low, high = float(table.low[column]), float(table.high[column])
    log, whole = bool(table.log[column]), bool(table.integer[column])

    def place(value: float) -> float:
        if high <= low:
            return 0.5
        return math.log(value / low) / math.log(high / low) if log else (value - low) / (high - low)

    middle = math.sqrt(low * high) if log else (low + high) / 2
    ends = ((0.0, number_text(low, whole)), (1.0, number_text(high, whole)))
    ticks = (ends[0], (0.5, f"{middle:.3g}"), ends[1]) if high > low and not whole else ends
    return Axis(path, tuple(place(float(v)) if a else None for v, a in zip(here, active, strict=True)), ticks)


def _scaled(name: str, values: Sequence[float]) -> Axis:
    low, high = min(values), max(values)
    span = high - low
    places = tuple((v - low) / span if span else 0.5 for v in values)
    ends = ((0.0, f"{low:.4g}"), (1.0, f"{high:.4g}")) if span else ((0.5, f"{low:.4g}"),)
    return Axis(name, places, ends)


def _columns(study: Study) -> list[int]:
    """The decisions to show, in table order; of many those that matter most for the first objective."""
    table = study.space.lower()
    found = columns(table)
    if len(found) <= MOST:
        return found
    try:
        first = set(list(importances(study))[:MOST])
    except ImportanceError:
        return found[:MOST]
    return [c for c in found if decision_path(table, c) in first]


def _colour(good: float) -> tuple[float, float, float]:
    """From a pale grey to a deep blue."""
    pale, deep = (0.82, 0.85, 0.88), (0.12, 0.36, 0.62)
    red, green, blue = (p + (d - p) * good**1.5 for p, d in zip(pale, deep, strict=True))
    return red, green, blue


def _draw_axis(made: Axes, x: int, a: Axis, ends: bool) -> None:
    made.plot([x, x], [0, 1], color=GREY, linewidth=1.0, zorder=3)
    if any(p is None for p in a.places):
        made.plot([x, x], [INACTIVE, 0], color=FAINT, linewidth=1.0, linestyle=":", zorder=2)
        made.text(x + 0.04, INACTIVE, "not there", fontsize=FINE - 2.5, color=GREY, va="center")
    for y, label in a.ticks:
        cut = label if len(label) <= 16 else label[:15] + "..."
        made.text(x + 0.04, y, plain(cut), fontsize=FINE - 2, color=INK, va="center", zorder=4, bbox=PAPER)
    name = a.name if len(a.name) <= 26 else "..." + a.name[-23:]
    weight = "bold" if ends else "normal"
    made.text(x, 1.05, plain(name), fontsize=FINE - 1.5, color=INK, rotation=18, ha="left", va="bottom", weight=weight)
