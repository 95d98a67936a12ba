"""`symspace size`."""

from __future__ import annotations

import json

import click

from symbolic.cli.options import json_option, space_argument


@click.command("size")
@space_argument
@json_option
def command(space: str, as_json: bool) -> None:
    """Count the candidates of SPACE. Floats count once; a limit on a metric makes the count an upper bound."""
    from symbolic import load

    size = load(space).size()
    if as_json:
        click.echo(json.dumps({"size": size.value, "exact": size.exact, "continuous": size.continuous}))
    else:
        click.echo(str(size))
