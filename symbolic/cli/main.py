"""The command group and the one place where errors become exit codes."""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
import warnings
from contextlib import suppress
from typing import TextIO

import click

from symbolic.cli.output import unbroken_output
from symbolic.errors import SymspaceError, nearest
from symbolic.language.load import SpaceWarning

COMMANDS = {
    "fmt": "format files",
    "check": "say whether a space is sound, and which decisions an algorithm can mix",
    "show": "print a space: canonical text and decisions",
    "size": "count the candidates of a space",
    "sample": "draw candidates",
    "plan": "say what a search would do",
    "search": "search a space",
    "resume": "go on with a study",
    "worker": "work on a study beside the processes that search it",
    "status": "say how far studies are",
    "best": "print a study's best candidate",
    "plot": "plot a study",
    "report": "write a page on a study",
    "export": "write a study's best network to a file",
    "algorithms": "list the algorithms, or describe one",
    "backends": "list the backends, or describe one",
    "tasks": "list the tasks, or describe one",
    "operators": "list the operators, or describe one",
    "completion": "print what lets a shell complete commands and names",
}
FILES = {"report": "report_page"}
"""Commands whose file is called otherwise."""
EPILOG = """\b
Exit codes:
  0    done
  1    the answer is no: a check failed, or a study has no best candidate
  2    input that cannot be used: a file, a name, an option, a store
  70   a fault of symspace itself (SYMSPACE_TRACEBACK=1 shows where)
  130  interrupted by Ctrl-C, 143 by SIGTERM; symspace resume goes on
"""
VARIABLE = "_SYMSPACE_COMPLETE"
"""Set by a shell's script when it asks for completions."""
FAILURE, INPUT_ERROR, INTERNAL_ERROR = 1, 2, 70


class Commands(click.Group):
    """A group that imports a command's module when the command is used: listing stays quick, and needs no torch."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import and return one command."""
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"symbolic.cli.{FILES.get(name, name)}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; one that does not exist is answered with the nearest name."""
        hint = nearest(args[0], COMMANDS) if args[0] not in COMMANDS and not args[0].startswith("-") else None
        if hint:
            ctx.fail(f"No such command {args[0]!r}; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EPILOG)
@click.version_option(package_name="symspace")
def group() -> None:
    """Search spaces for PyTorch: write once what may vary, search it with any algorithm."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit. Never shows a traceback, unless SYMSPACE_TRACEBACK is set."""
    warnings.showwarning = _warn
    if os.getcwd() not in sys.path:  # modules of the user's own project; behind all others, so that it hides none of them
        sys.path.append(os.getcwd())
    with unbroken_output():
        sys.exit(_run(sys.argv[1:] if arguments is None else arguments))


def _run(arguments: list[str]) -> int:
    """Run a command and return its exit code, after telling what went wrong."""
    try:
        code = group.main(arguments, prog_name="symspace", standalone_mode=False, complete_var=VARIABLE)
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return _told(error.format_message(), INPUT_ERROR, arguments)
    except SymspaceError as error:
        return fail(str(error), error.exit_code, arguments)
    except SystemExit as error:  # no command of ours exits
        if VARIABLE in os.environ:
            return int(error.code or 0)
        return fail(f"your code ended the program with sys.exit({error.code!r})", FAILURE, arguments)
    except OSError as error:
        return fail(f"{error.strerror or error}" + (f": {error.filename}" if error.filename else ""), INPUT_ERROR, arguments)
    except Exception as error:
        message = f"a fault of symspace, not of your input: {type(error).__name__}: {error}"
        return fail(message, INTERNAL_ERROR, arguments)
    return code if isinstance(code, int) else 0


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


def fail(message: str, code: int, arguments: list[str]) -> int:
    """Print a message to standard error and return the exit code; the traceback of the current exception only if asked for."""
    if os.environ.get("SYMSPACE_TRACEBACK"):
        traceback.print_exc()
    elif code == INTERNAL_ERROR:
        message += "\n(set SYMSPACE_TRACEBACK=1 to see where)"
    click.echo(message, err=True)
    return _told(message, code, arguments)


def _told(message: str, code: int, arguments: list[str]) -> int:
    """Print a message that is already on standard error as JSON too, where the command was asked for JSON."""
    if "--json" in arguments:
        with suppress(OSError):  # standard output may be what failed
            click.echo(json.dumps({"error": message}))
    return code
