"""What is added to the metrics of a result before anyone judges it: parts over decisions, and metrics of the reference.

Objectives and limits may read decisions (`accuracy - 0.1 * depth`) and `reference(seconds)`, the metric of the study's
reference candidate: its default candidate, trial 0. Both stand beside the metrics from then on, under their
text, in the log too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import attrs

from symbolic.points import Point
from symbolic.search.events import Result
from symbolic.search.objectives import Objectives
from symbolic.table.single import Row
from symbolic.table.table import Table

BASELINE = "baseline"


def completed(result: Result, table: Table, objectives: Objectives, baseline: Mapping[str, float] | None) -> Result:
    """Return a report or result with what objectives read beside its metrics; `baseline` are those of trial 0, once it ended.

    What reads an inactive decision is NaN: unknown, which satisfies a limit and is never best.
    """
    if not result.metrics or not isinstance(result.trial.point, Point):
        return result
    known = result.metrics if result.trial.origin == BASELINE else baseline
    more = {} if known is None else {name: _first(known, names) for name, names in objectives.references}
    more |= decided(table, result.trial.point)
    return attrs.evolve(result, metrics={**result.metrics, **more}) if more else result


def decided(table: Table, point: Point) -> dict[str, float]:
    """Return the parts over decisions that objectives and limits read, by their text."""
    if not table.judged:
        return {}
    row = Row(table, point.index.tolist(), point.real.tolist())
    values = {text: row.value(x) for text, x in table.judged.items()}
    return {text: float(v) if isinstance(v, int | float) else math.nan for text, v in values.items()}


def _first(metrics: Mapping[str, float], names: tuple[str, ...]) -> float:
    return next((float(metrics[n]) for n in names if n in metrics), math.nan)
