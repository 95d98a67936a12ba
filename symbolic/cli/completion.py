"""`symspace completion`."""

from __future__ import annotations

import json
import warnings

import click
from click.shell_completion import get_completion_class

from symbolic.cli.options import json_option

SHELLS = ("bash", "zsh", "fish")
WHERE = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "~/.config/fish/completions/symspace.fish"}


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@json_option
def command(shell: str, as_json: bool) -> None:
    """Print the script that lets SHELL complete commands, options, files and names."""
    script = script_of(shell)
    if as_json:
        click.echo(json.dumps({"shell": shell, "file": WHERE[shell], "script": script}))
        return
    click.echo(script, nl=False)
    click.echo(f"# to keep it: symspace completion {shell} >> {WHERE[shell]}")


def script_of(shell: str) -> str:
    """Return the script of a shell."""
    from symbolic.cli.main import VARIABLE, group

    made = get_completion_class(shell)
    assert made is not None, "click knows all of SHELLS"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about an old shell on this machine, which may not be where the script runs
        return made(group, {}, "symspace", VARIABLE).source().strip() + "\n"
