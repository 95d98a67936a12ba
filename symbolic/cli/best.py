"""`symspace best`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from symbolic.cli.options import json_option, store_option, study_argument
from symbolic.errors import SymspaceError

if TYPE_CHECKING:
    from symbolic.search.finished import Study


@click.command("best")
@study_argument
@store_option
@click.option("--source", "as_source", is_flag=True, help="Print its network as plain PyTorch.")
@json_option
def command(study: str | None, store: str, as_source: bool, as_json: bool) -> int:
    """Print the best candidate of STUDY (default: the newest of the store); with several objectives the Pareto front."""
    if as_source and as_json:
        raise click.UsageError("--source prints Python, not JSON: give one of the two")
    from symbolic.cli.report import best_json, winner
    from symbolic.cli.studies import chosen
    from symbolic.search.finished import StudyError
    from symbolic.search.store import store_at
    from symbolic.search.study import load_study

    loaded = load_study(store, chosen(store_at(store), study, store))
    try:
        if as_source:
            return print_source(store, loaded)
        click.echo(best_json(loaded) if as_json else winner(loaded))
    except StudyError as error:
        click.echo(str(error), err=True)
        return 1
    return 0


def print_source(store: str, study: Study) -> int:
    """Print the best network as source; where that cannot be, the candidate and the lines that build it, and return 1."""
    from symbolic.cli.networks import network_of

    found = network_of(store, study, None)
    try:
        click.echo(found.candidate.source(found.facts), nl=False)
    except SymspaceError as error:
        click.echo(f"the network cannot be written as source: {error}", err=True)
        target = study.record.context.get("target")
        load = f"symbolic.load({target!r})" if target else f"symbolic.parse({study.record.identity.space!r})"
        click.echo(f"import symbolic\nnetwork = {load}.candidate({found.candidate.to_dict()!r}).build()")
        return 1
    return 0
