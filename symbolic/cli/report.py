"""What a study prints when a search ends, and what `best` prints: the winner, its values, its report on test data."""

from __future__ import annotations

import json
import math
import shlex
from typing import Any

import click

from symbolic.candidate import Candidate
from symbolic.cli.options import DEFAULT_STORE
from symbolic.errors import SymspaceError
from symbolic.language.printer import print_node
from symbolic.search.finished import Study, StudyTrial

WHY = {
    "trials": "all trials of the budget were run",
    "seconds": "the time is over",
    "cost": "the cost of the budget is spent",
    "done": "the search is over",
    "interrupted": "interrupted; running trials stay pending",
}

TRAINING = ("train", "supernet")
"""Backends that are chosen where none is named."""


def winner(study: Study) -> str:
    """Return the lines on the best trial, or on the Pareto front where there are several objectives."""
    if len(study.objectives.goals) > 1:
        return "\n\n".join(trial_text(study, trial) for trial in study.pareto)
    best = study.best
    text = trial_text(study, best)
    gain, report = study.gain, study.report
    if gain is not None and best.origin != "baseline":
        text += f"\n{number(gain)} better than the default candidate"
    if report is not None and report["trial"] == best.number:
        measured = ", ".join(f"{name} {number(value)}" for name, value in report["metrics"].items())
        trained = "trained on training and validation data, " if report.get("refit") else ""
        text += f"\n{trained}on test data, measured once: {measured}"
    return text


def trial_text(study: Study, trial: StudyTrial) -> str:
    """Return one trial as text: number, values, other metrics, and the candidate's lines."""
    goals = [g.expression for g in study.objectives.goals]
    values = ", ".join(f"{goal} {number(value)}" for goal, value in zip(goals, trial.values, strict=True))
    others = ", ".join(f"{k} {number(v)}" for k, v in trial.metrics.items() if k not in goals)
    head = f"trial {trial.number}: {values}" + (f" ({others})" if others else "")
    return f"{head}\n{candidate_text(trial.candidate)}"


def number(value: float) -> str:
    """Return a metric as a person reads it: whole numbers whole, others to four places.

    >>> number(114026.0), number(0.98333)
    ('114026', '0.9833')
    """
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.4f}"


def candidate_text(candidate: Candidate) -> str:
    """Return a candidate's lines, then those of decisions that were fixed, as comments."""
    fixed = [f"# fixed: {e.path} = {print_node(e.value)}" for e in candidate.space.edits if e.kind == "fix"]
    return "\n".join([candidate.text(), *fixed])


def trial_json(study: Study, trial: StudyTrial) -> dict[str, Any]:
    """Return one trial as JSON data: number, values in the order of `objectives`, candidate by path. NaN becomes null.

    `space`: the candidate as the text of a `.space` file without choices.
    """
    return {
        "number": trial.number,
        "values": [v if math.isfinite(v) else None for v in trial.values],
        "candidate": trial.candidate.to_dict(),
        "metrics": {k: v if math.isfinite(v) else None for k, v in trial.metrics.items()},
        "objectives": [str(g) for g in study.objectives.goals],
        "space": trial.candidate.plain().text(),
    }


def best_json(study: Study) -> str:
    """Return the best trial as JSON, with the report on test data; a list of trials where there are several objectives."""
    if len(study.objectives.goals) > 1:
        return json.dumps([trial_json(study, t) for t in study.pareto])
    return json.dumps({**trial_json(study, study.best), "report": study.report})


def next_commands(study: Study, target: str | None, store: str) -> str:
    """Return commands that are worth trying after a search, each of which works as it stands."""
    at = "" if store == DEFAULT_STORE else f" --store {shlex.quote(store)}"
    name = shlex.quote(study.name)
    lines = [
        (f"symspace best {name} --json{at}", "the winner as JSON"),
        (f"symspace status{at}", "all studies of this store"),
    ]
    if study.record.state != "done":
        lines.insert(1, (f"symspace resume {name} --time {_more(study)}{at}", "go on with this study"))
    given = None if target is None else _given(study, target)
    if given is not None:
        for other in _others(study):
            lines.append((f"symspace search {given} --algorithm {other} --time 2m{at}", "the same space, another algorithm"))
    width = max(len(command) for command, _ in lines)
    return "\n".join(["next:", *(f"  {command:<{width}}  # {what}" for command, what in lines)])


def _others(study: Study) -> list[str]:
    """Two algorithms beside the study's own; those that share weights only where networks are trained."""
    several = len(study.objectives.goals) > 1
    names = ["nsga2", "tpe"] if several else [*(["darts", "spos"] if _trains(study) else []), "tpe", "random"]
    return [name for name in names if not study.record.algorithm.startswith(name)][:2]


def _trains(study: Study) -> bool:
    return study.record.identity.backend.partition("(")[0] in TRAINING


def _given(study: Study, target: str) -> str | None:
    """The target with the task and the objectives that were given beside it; None where it cannot be read any more."""
    from symbolic.language.load import load

    try:
        own = load(target)
    except SymspaceError:
        return None
    words, task = [target], study.record.identity.task
    if own.task is None and task is not None:
        words += ["--task", task]
    if own.objectives != study.space.objectives:
        words += [word for goal in study.objectives.goals for word in ("--objective", str(goal))]
    if not _trains(study):
        words += ["--backend", study.record.identity.backend]
    return shlex.join(words)


def _more(study: Study) -> str:
    """A time budget above what is spent: budgets count all sittings together."""
    return f"{math.ceil(study.record.elapsed_s / 60) + 2}m"


def ended(study: Study) -> str:
    """Return one line: how many trials, and why the search stopped."""
    counts = [t.state for t in study.trials]
    shown = ", ".join(f"{counts.count(s)} {s}" for s in sorted(set(counts)))
    return f"{WHY.get(study.why or '', study.why or '')}: {shown}"


def print_end(study: Study, target: str | None, store: str) -> None:
    """Print what a search ends with."""
    click.echo(ended(study))
    click.echo(winner(study))
    click.echo("")
    click.echo(next_commands(study, target, store))
