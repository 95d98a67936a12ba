"""`symspace best`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from symbolic.cli.options import json_option, store_option, study_argument, trust_option
from symbolic.errors import SymspaceError

if TYPE_CHECKING:
    from symbolic.search.finished import Study


@click.command("best")
@study_argument
@trust_option
@store_option
@click.option("--trial", "number", type=click.IntRange(0), help="Another trial than the best one.")
@click.option("--space", "as_space", is_flag=True, help="Print it as a .space file with no choices left.")
@click.option("--source", "as_source", is_flag=True, help="Print its network as plain PyTorch.")
@click.option("--svg", type=click.Path(dir_okay=False, path_type=Path), help="Draw its network to a file.")
@json_option
def command(
    study: str | None,
    trust: tuple[str, ...],
    store: str,
    number: int | None,
    as_space: bool,
    as_source: bool,
    svg: Path | None,
    as_json: bool,
) -> int:
    """Print the best candidate of STUDY (default: the newest of the store); with several objectives the Pareto front.

    As lines `path = value`; with --space as a .space file, with --source as plain PyTorch. With --json one object (a list
    for a Pareto front): number, values, candidate, metrics, report, space, and with --source the source.
    """
    if as_source and as_space:
        raise click.UsageError("--space prints a .space file, --source prints Python: give one of the two")
    from symbolic.cli.networks import network_of, trial_of
    from symbolic.cli.report import best_json, trial_json, trial_text, winner
    from symbolic.cli.studies import chosen
    from symbolic.search.store import store_at
    from symbolic.search.study import load_study

    loaded = load_study(store, chosen(store_at(store), study, store))
    if svg is not None:
        found = network_of(store, loaded, number, trust)
        found.candidate.draw(found.facts).save(svg)
        told = {"number": found.trial.number, "svg": str(svg)}
        click.echo(json.dumps(told) if as_json else f"trial {found.trial.number} of {loaded.name}: {svg}")
        return 0
    if as_source:
        return print_source(store, loaded, number, as_json, trust)
    if number is None and not as_space:
        click.echo(best_json(loaded) if as_json else winner(loaded))
        return 0
    trial = trial_of(loaded, number)
    if as_json:
        click.echo(json.dumps(trial_json(loaded, trial)))
    elif as_space:
        click.echo(trial.candidate.plain().text(), nl=False)
    else:
        click.echo(trial_text(loaded, trial))
    return 0


def print_source(store: str, study: Study, number: int | None, as_json: bool, trust: tuple[str, ...]) -> int:
    """Print a network as source; where that cannot be, the candidate and the lines that build it, and return 1."""
    from symbolic.cli.networks import network_of
    from symbolic.cli.report import trial_json

    found = network_of(store, study, number, trust)
    try:
        source = found.candidate.source(found.facts)
    except SymspaceError as error:
        if as_json:
            raise
        click.echo(f"the network cannot be written as source: {error}", err=True)
        target = study.record.context.get("target")
        load = f"symbolic.load({target!r})" if target else f"symbolic.parse({study.record.identity.space!r})"
        click.echo(f"import symbolic\nnetwork = {load}.candidate({found.candidate.to_dict()!r}).build()")
        return 1
    if as_json:
        click.echo(json.dumps({**trial_json(study, found.trial), "source": source}))
    else:
        click.echo(source, nl=False)
    return 0
