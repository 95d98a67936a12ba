"""`symspace best`."""

from __future__ import annotations

import click

from symbolic.cli.options import json_option, store_option, study_argument


@click.command("best")
@study_argument
@store_option
@json_option
def command(study: str | None, store: str, as_json: bool) -> int:
    """Print the best candidate of STUDY (default: the newest of the store); with several objectives the Pareto front."""
    from symbolic.cli.report import best_json, winner
    from symbolic.cli.studies import chosen
    from symbolic.search.finished import StudyError
    from symbolic.search.store import store_at
    from symbolic.search.study import load_study

    loaded = load_study(store, chosen(store_at(store), study, store))
    try:
        click.echo(best_json(loaded) if as_json else winner(loaded))
    except StudyError as error:
        click.echo(str(error), err=True)
        return 1
    return 0
