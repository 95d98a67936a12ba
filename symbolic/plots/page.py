"""A study as one HTML page that needs nothing else: no script, no style sheet, no font from elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape
from typing import Any

from symbolic.display import candidate_view
from symbolic.display.html import table_html
from symbolic.display.study_view import best_lines, ranked, trial_table
from symbolic.display.svg import Drawing
from symbolic.display.words import number_text, value_text
from symbolic.errors import SymspaceError
from symbolic.plots.figure import new_figure, svg_of
from symbolic.search.durations import shown
from symbolic.search.finished import Study

MOST_TRIALS = 1_000
"""Trials listed."""
STYLE = """
body { font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; color: #24292f; background: #fff;
  max-width: 1080px; margin: 32px auto; padding: 0 24px; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 36px 0 8px; border-bottom: 1px solid #d8dee4;
  padding-bottom: 4px; } .fact, .none { color: #57606a; } svg { max-width: 100%; height: auto; }
.network { max-height: 900px; overflow: auto; border: 1px solid #d8dee4; border-radius: 6px; } .network svg { max-width: none; }
.wide { overflow-x: auto; } table.trials { border-collapse: collapse; font-size: 12.5px; }
table.trials th { position: sticky; top: 0; background: #fff; font-weight: 600; border-bottom: 1px solid #afb8c1; }
table.trials th, table.trials td { text-align: right; padding: 2px 10px; white-space: nowrap; }
table.trials tr.best td { background: #fdf3dc; } summary { cursor: pointer; color: #57606a; } pre { font-size: 12.5px; }
.columns { display: flex; flex-wrap: wrap; gap: 48px; }
"""
PLOTS = (
    ("history", "History"),
    ("pareto", "Pareto front"),
    ("importances", "Which decisions matter"),
    ("parallel", "Parallel coordinates"),
    ("curves", "Reports on the way"),
)


def page(study: Study, network: Drawing | str) -> str:
    """Return the page. `network`: the drawing of the best trial's network, or why there is none.

    A plot that the study cannot fill is left out with the reason. Raises `PlotError` where matplotlib is not installed.
    """
    new_figure()
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(study.name)}</title>'
    body = "\n".join(_parts(study, network))
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}<style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n'


def _parts(study: Study, network: Drawing | str) -> Iterator[str]:
    yield f"<h1>{escape(study.name)}</h1>"
    yield from (f'<div class="fact">{escape(fact)}</div>' for fact in _facts(study))
    yield from _best(study)
    yield "<h2>Network</h2>"
    yield _missing(network) if isinstance(network, str) else f'<div class="network">{network}</div>'
    for kind, title in PLOTS:
        if kind == "pareto" and len(study.objectives.goals) < 2:
            continue
        yield f"<h2>{title}</h2>"
        try:
            yield f'<div class="wide">{svg_of(study.plot(kind))}</div>'
        except SymspaceError as error:
            yield _missing(str(error))
    yield "<h2>Trials</h2>"
    yield _trials(study)
    yield "<h2>Space</h2>"
    yield f"<details><summary>the space that was searched</summary><pre>{escape(study.space.text())}</pre></details>"


def _facts(study: Study) -> list[str]:
    record = study.record
    goals = ", ".join(str(g) for g in study.objectives.goals)
    limits = "".join(f", require {limit.condition}" for limit in study.objectives.limits)
    states = [t.state for t in study.trials]
    counts = ", ".join(f"{states.count(s)} {s}" for s in sorted(set(states))) or "no trials"
    task = f" on {record.identity.task}" if record.identity.task else ""
    facts = [goals + limits, f"{record.algorithm}, seed {record.identity.seed}, {record.identity.backend}{task}"]
    facts.append(f"{counts} in {shown(record.elapsed_s)}")
    report = study.report
    if report is not None:
        measured = ", ".join(f"{name} {number_text(value)}" for name, value in report["metrics"].items())
        facts.append(f"trial {report['trial']} on test data, measured once: {measured}")
    return facts


def _best(study: Study) -> Iterator[str]:
    yield "<h2>Best</h2>"
    yield from (f"<div>{escape(line)}</div>" for line in best_lines(study))
    trials = ranked(study)
    if trials:
        yield '<div class="columns"><div>'
        yield table_html(trial_table(study, trials))
        yield "</div><div>"
        told = candidate_view.decisions(trials[0].candidate)
        yield f'<div style="margin-top:8px;font-weight:600">trial {trials[0].number}</div>{table_html(told)}'
        yield "</div></div>"


def _trials(study: Study) -> str:
    """The table of trials, the best or the front marked."""
    frame = study.frame()
    marked = {t.number for t in ranked(study)[:1]} if len(study.objectives.goals) == 1 else {t.number for t in study.pareto}
    head = "".join(f"<th>{escape(name)}</th>" for name in frame.columns)
    rows = [
        f"<tr{' class=best' if row[0] in marked else ''}>{''.join(f'<td>{escape(_cell(v))}</td>' for v in row)}</tr>"
        for row in frame.rows[:MOST_TRIALS]
    ]
    left_out = len(frame) - MOST_TRIALS
    more = f'<div class="fact">... and {left_out:,} more trials</div>' if left_out > 0 else ""
    return f'<div class="wide"><table class="trials"><tr>{head}</tr>{"".join(rows)}</table></div>{more}'


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return value_text(value)


def _missing(reason: str) -> str:
    return f'<div class="none">not shown: {escape(reason)}</div>'
