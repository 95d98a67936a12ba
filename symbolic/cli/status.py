"""`symspace status`."""

from __future__ import annotations

import json
from typing import Any

import click

from symbolic.cli.options import json_option, store_option, study_argument

STATES = ("ok", "pending", "failed", "infeasible", "stopped")


@click.command("status")
@study_argument
@store_option
@json_option
def command(study: str | None, store: str, as_json: bool) -> None:
    """Say how far STUDY is (default: every study of the store): trials by state, time, and why it stopped.

    With --json one object for one study (default: the newest): the number of trials by state, and what the study is.
    """
    from symbolic.cli.studies import chosen
    from symbolic.search.store import store_at

    opened = store_at(store)
    if as_json:
        click.echo(json.dumps(_counted(_row(store, chosen(opened, study, store)))))
        return
    names = [study] if study is not None else opened.names()
    for name in names:
        click.echo(_text(_row(store, name)))
    if not names:
        click.echo(f"{store} has no studies yet")


def _counted(row: dict[str, Any]) -> dict[str, Any]:
    """Counts by state, each state named, beside the study's own description."""
    counts = {state: row["trials"].get(state, 0) for state in STATES}
    return {**counts, "study": {key: value for key, value in row.items() if key != "trials"}}


def _row(location: str, name: str) -> dict[str, Any]:
    from symbolic.search.store import store_at

    view = store_at(location).view(name)
    try:
        record, counts = view.record, view.counts()
    finally:
        view.disconnect()
    return {
        "name": name,
        "algorithm": record.algorithm,
        "backend": record.identity.backend,
        "seed": record.identity.seed,
        "state": record.state,
        "why": record.why,
        "trials": dict(counts.by_status),
        "elapsed_s": record.elapsed_s,
    }


def _text(row: dict[str, Any]) -> str:
    from symbolic.search.durations import shown

    counts = ", ".join(f"{count} {status}" for status, count in sorted(row["trials"].items())) or "no trials yet"
    why = f", last stopped by {row['why']}" if row["why"] else ""
    return f"{row['name']}: {row['state']}{why}, {counts}, {shown(row['elapsed_s'])}; {row['algorithm']} on {row['backend']}"
