"""`symspace sample`."""

from __future__ import annotations

import click

from symbolic.cli.options import json_option, space_argument


@click.command("sample")
@space_argument
@click.option("-n", "--count", default=1, show_default=True, type=click.IntRange(1), help="How many candidates.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Equal seeds, equal candidates.")
@click.option(
    "--how",
    type=click.Choice(["prior", "uniform"]),
    default="prior",
    show_default=True,
    help="From the priors, or each equally likely.",
)
@json_option
def command(space: str, count: int, seed: int, how: str, as_json: bool) -> None:
    """Draw candidates of SPACE. With --json one candidate a line, path -> value."""
    from symbolic import load

    for number, candidate in enumerate(load(space).sample(count, seed, how=how)):
        if as_json:
            click.echo(candidate.json())
        else:
            click.echo(("" if number == 0 else "\n") + candidate.text())
