"""`symspace status`."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import click

from symbolic.cli.options import json_option, store_option, study_argument
from symbolic.errors import SymspaceError

if TYPE_CHECKING:
    from symbolic.search.finished import Study


@click.command("status")
@study_argument
@store_option
@json_option
def command(study: str | None, store: str, as_json: bool) -> None:
    """Say how far STUDY is (default: every study of the store): trials by state, the best value and what it gained.

    With --json one object for one study (default: the newest): the number of trials by state, and what the study is.
    """
    from symbolic.cli.studies import chosen, split
    from symbolic.search.store import store_at
    from symbolic.search.study import load_study

    store, study = split(store, study)
    opened = store_at(store)
    if as_json:
        click.echo(json.dumps(_row(load_study(store, chosen(opened, study, store)))))
        return
    names = [study] if study is not None else opened.names()
    for name in names:
        try:
            click.echo(_text(load_study(store, name)))
        except SymspaceError as error:
            if study is not None:
                raise
            click.echo(f"{name}: cannot be read: {error}")  # the others can
    if not names:
        click.echo(f"{store} has no studies yet")


def _row(study: Study) -> dict[str, Any]:
    """Counts by state, each state named, beside the study's own description."""
    from symbolic.cli.outcome import counted

    record = study.record
    described = {
        "name": study.name,
        "algorithm": record.algorithm,
        "backend": record.identity.backend,
        "seed": record.identity.seed,
        "state": record.state,
        "why": record.why,
        "elapsed_s": record.elapsed_s,
        "objectives": [str(g) for g in study.objectives.goals],
        "best": _best(study),
        "pareto": [t.number for t in study.pareto] if len(study.objectives.goals) > 1 else None,
        "gain": study.gain,
        "imported": len(study.imported),
    }
    return {**counted(study), "study": described}


def _best(study: Study) -> dict[str, Any] | None:
    """The best trial's number and value; None where there is none, or no one best."""
    if len(study.objectives.goals) > 1 or not study.pareto:
        return None
    best = study.best
    return {"number": best.number, "value": best.value}


def _text(study: Study) -> str:
    from symbolic.cli.outcome import counted
    from symbolic.search.durations import shown

    record = study.record
    counts = ", ".join(f"{n} {s}" for s, n in sorted(counted(study).items()) if n) or "no trials yet"
    why = f", last stopped by {record.why}" if record.why else ""
    head = f"{study.name}: {record.state}{why}, {counts}, {shown(record.elapsed_s)}; {record.algorithm}"
    return f"{head} on {record.identity.backend}{_found(study)}"


def _found(study: Study) -> str:
    """The best value and what it gained over the default candidate; how many stand on the front of several objectives."""
    goals = study.objectives.goals
    if not study.pareto:
        return ""
    if len(goals) > 1:
        return f"\n  {len(study.pareto)} trials that no other dominates ({', '.join(map(str, goals))})"
    best, gain = study.best, study.gain
    line = f"\n  best {goals[0].expression} {best.value:.6g} (trial {best.number})"
    return line + ("" if gain is None or math.isnan(gain) else f", {gain:.4g} better than the default candidate")
