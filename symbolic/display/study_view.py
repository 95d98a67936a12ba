"""What is shown of a study: its best trial beside the baseline, how it came there, and its first trials by rank."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from symbolic.display import candidate_view
from symbolic.display.space_view import counted
from symbolic.display.view import Line, Table, View
from symbolic.display.words import number_text
from symbolic.errors import SymspaceError
from symbolic.search.durations import shown
from symbolic.search.expressions import violation
from symbolic.search.finished import Study, StudyTrial
from symbolic.search.fronts import crowding, ranks

MOST = 10
"""Trials shown."""
METRICS = 4
"""Metrics shown beside the objectives."""
_BARS = "▁▂▃▄▅▆▇█"


def study_view(study: Study) -> View:
    """Return the view of a study."""
    record = study.record
    states = Counter(t.state for t in study.trials)
    counts = ", ".join(f"{n} {state}" for state, n in sorted(states.items())) or "no trials"
    facts = [f"{record.algorithm}, seed {record.identity.seed}", f"{counts}, {shown(record.elapsed_s)}"]
    best = ranked(study)
    facts += best_lines(study)
    if len(study.objectives.goals) == 1 and (line := sparkline(best_so_far(study))):
        facts.append(f"{study.objectives.goals[0]}, best so far: {line}")
    tables = [trial_table(study, best)] if best else []
    if len(study.objectives.goals) == 1 and best:
        told = candidate_view.decisions(best[0].candidate)
        tables.append(Table(told.columns, told.lines, f"trial {best[0].number}", told.left_out))
    return View(f"study {study.name}", tuple(facts), tuple(tables))


def best_lines(study: Study) -> list[str]:
    """Return what is best, as lines: the trial and its gain over the baseline, the front's size, or why there is none."""
    goals = study.objectives.goals
    try:
        if len(goals) > 1:
            return [f"{counted(len(study.pareto), 'trial')} on the Pareto front" if study.pareto else "no trial has a value"]
        best = study.best
    except SymspaceError as error:
        return [str(error)]
    line = f"best: trial {best.number}, {goals[0].expression} {number_text(best.value)}"
    base = study.baseline
    if base is None or not math.isfinite(base.value) or base.number == best.number or base.fidelity != best.fidelity:
        return [line]
    return [f"{line}, the default candidate {number_text(base.value)} ({best.value - base.value:+.4g})"]


def trial_table(study: Study, trials: Sequence[StudyTrial]) -> Table:
    """Return the first trials as a table: number, objectives, other metrics, seconds."""
    goals = [g.expression for g in study.objectives.goals]
    metrics = list(dict.fromkeys(m for t in trials[:MOST] for m in t.metrics if m not in goals))[:METRICS]
    lines = [
        Line((str(t.number), *map(number_text, t.values), *(_metric(t, m) for m in metrics), shown(t.cost_s)))
        for t in trials[:MOST]
    ]
    left_out = f"... and {counted(len(trials) - MOST, 'more trial')}" if len(trials) > MOST else ""
    return Table(("trial", *goals, *metrics, "took"), tuple(lines), "best trials", left_out)


def _metric(trial: StudyTrial, name: str) -> str:
    return number_text(trial.metrics[name]) if name in trial.metrics else ""


def eligible(study: Study) -> list[StudyTrial]:
    """Return the trials that may be best, at any fidelity: ended `ok`, feasible, finite, of the space as it is now."""
    return [
        t
        for t in study.trials
        if t.state == "ok"
        and not t.outdated
        and all(map(math.isfinite, t.values))
        and all(violation(limit.node, t.metrics, math.inf) == 0 for limit in study.objectives.limits)
    ]


def ranked(study: Study) -> list[StudyTrial]:
    """Return the eligible trials of the highest fidelity, best first; of equal ones the first."""
    found = eligible(study)
    top = max((_fidelity(study, t) for t in found), default=0.0)
    found = [t for t in found if _fidelity(study, t) == top]
    if not found:
        return []
    signs = np.array([-1.0 if g.maximize else 1.0 for g in study.objectives.goals])
    losses = signs * np.array([t.values for t in found])
    rank = ranks(losses)
    order = np.lexsort((np.array([t.number for t in found]), -crowding(losses, rank), rank))
    return [found[i] for i in order]


def _fidelity(study: Study, trial: StudyTrial) -> float:
    high = study.space.lower().fidelities
    return trial.fidelity if trial.fidelity is not None else high[0].high if len(high) == 1 else 0.0


def best_so_far(study: Study) -> list[float]:
    """Return the best value of the first objective after each trial that has one, in order of number."""
    goal, out = study.objectives.goals[0], list[float]()
    for trial in eligible(study):
        better = max if goal.maximize else min
        out.append(trial.value if not out else better(out[-1], trial.value))
    return out


def sparkline(values: Sequence[float], width: int = 40) -> str:
    """Return numbers as a row of bars; nothing where they do not differ.

    >>> sparkline([1.0, 2.0, 3.0, 3.0])
    '▁▄██'
    """
    if len(values) < 2 or min(values) == max(values):
        return ""
    places = np.linspace(0, len(values) - 1, min(width, len(values))).round().astype(int)
    low, span = min(values), max(values) - min(values)
    return "".join(_BARS[int((values[i] - low) / span * (len(_BARS) - 1))] for i in places)
