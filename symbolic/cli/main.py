"""The command group and the one place where errors become exit codes."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
import warnings
from typing import TextIO

import click

from symbolic.errors import SymspaceError
from symbolic.language.load import SpaceWarning

COMMANDS = {
    "fmt": "format files",
    "check": "say whether a space is sound, and which decisions an algorithm can mix",
    "show": "print a space: canonical text and decisions",
    "size": "count the candidates of a space",
    "sample": "draw candidates",
    "search": "search a space",
    "resume": "go on with a study",
    "status": "say how far studies are",
    "best": "print a study's best candidate",
    "algorithms": "list the algorithms, or describe one",
    "backends": "list the backends, or describe one",
    "tasks": "list the tasks, or describe one",
    "operators": "list the operators, or describe one",
}
INPUT_ERROR, INTERNAL_ERROR = 2, 70


class Commands(click.Group):
    """A group that imports a command's module when the command is used: listing stays quick, and needs no torch."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import and return one command."""
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"symbolic.cli.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="symspace")
def group() -> None:
    """Search spaces for PyTorch: write once what may vary, search it with any algorithm."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit. Never shows a traceback, unless SYMSPACE_TRACEBACK is set."""
    warnings.showwarning = _warn
    try:
        code = group.main(arguments, prog_name="symspace", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(INPUT_ERROR)
    except SymspaceError as error:
        fail(str(error), INPUT_ERROR)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        fail(f"a fault of symspace, not of your input: {type(error).__name__}: {error}", INTERNAL_ERROR)
    sys.exit(code if isinstance(code, int) else 0)


def _warn(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print what a warning says, and only that: a warning about a space has its own place in it."""
    click.echo(f"warning: {message}" if issubclass(category, SpaceWarning) else f"warning: {message} ({filename})", err=True)


def fail(message: str, code: int) -> None:
    """Print a message to standard error and exit; the traceback of the current exception only if asked for."""
    if os.environ.get("SYMSPACE_TRACEBACK"):
        traceback.print_exc()
    elif code == INTERNAL_ERROR:
        message += "\n(set SYMSPACE_TRACEBACK=1 to see where)"
    click.echo(message, err=True)
    sys.exit(code)
