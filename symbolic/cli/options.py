"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

import click

from symbolic.cli import completing

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_STORE = "symspace.db"
SINKS = "sinks"
"""Where the context of a command keeps what sinks it was given: name -> file or folder."""


def space_argument(function: F) -> F:
    """Add the argument SPACE."""
    return click.argument("space", metavar="SPACE", shell_complete=completing.files)(function)


def json_option(function: F) -> F:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def task_option(function: F) -> F:
    """Add `--task`."""
    told = "The task, where the space names none (or another one)."
    return click.option("--task", shell_complete=completing.entries("tasks"), help=told)(function)


def algorithm_option(function: F) -> F:
    """Add `--algorithm`."""
    return click.option(
        "--algorithm",
        default="regularized_evolution",
        show_default=True,
        shell_complete=completing.entries("algorithms"),
        help="A name or a call: darts(epochs: 9).",
    )(function)


def backend_option(function: F) -> F:
    """Add `--backend`."""
    told = "What evaluates (default: train, or supernet for a weight-sharing algorithm)."
    return click.option("--backend", shell_complete=completing.entries("backends"), help=told)(function)


def store_option(function: F) -> F:
    """Add `--store`, `--folder` and `--durable`; what the function gets is the store, with both in its URL."""
    told = "The file of the store, or postgresql://user@host/database."
    named = click.option("--store", default=DEFAULT_STORE, show_default=True, callback=with_folder, help=told)(function)
    return folder_option(named)


def folder_option(function: F) -> F:
    """Add `--folder` and `--durable`, read before the store is."""
    safe = "Write so that a power cut loses nothing either; about six times slower."
    function = click.option("--durable", is_flag=True, is_eager=True, expose_value=False, callback=_keep, help=safe)(function)
    told = "With a server: where checkpoints and snapshots lie, on storage that all machines see; named once."
    return click.option("--folder", is_eager=True, expose_value=False, callback=_keep, metavar="FOLDER", help=told)(function)


def _keep(context: click.Context, parameter: click.Parameter, value: str | bool | None) -> None:
    context.meta[str(parameter.name)] = value


def with_folder(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Return the store with folder and durability in its URL. Raises for the folder of a file, which lies beside it."""
    folder, durable = context.meta.get("folder"), context.meta.get("durable")
    if folder is not None and not value.startswith("postgres"):
        raise click.BadParameter(f"the folder of {value} is {value}.d; --folder goes with postgresql://user@host/database")
    query = ({} if folder is None else {"folder": folder}) | ({"durable": "true"} if durable else {})
    if not query:
        return value
    url = value if "://" in value else f"sqlite:///{value}"
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


def sink_options(function: F) -> F:
    """Add `--log-jsonl` and `--tensorboard`; `symbolic.cli.progress.listeners` makes sinks of what they are given."""
    lines = "Append everything that happens to a file, a JSON object a line."
    runs = "Write runs of TensorBoard below a folder; needs tensorboard."
    with_runs = click.option("--tensorboard", expose_value=False, callback=_keep_sink, metavar="DIR", help=runs)(function)
    return click.option("--log-jsonl", expose_value=False, callback=_keep_sink, metavar="FILE", help=lines)(with_runs)


def _keep_sink(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    name = {"log_jsonl": "json_lines"}.get(str(parameter.name), str(parameter.name))
    if value is not None:
        context.meta.setdefault(SINKS, {})[name] = value


def study_argument(function: F) -> F:
    """Add the optional argument STUDY."""
    return click.argument("study", metavar="[STUDY]", required=False, shell_complete=completing.studies)(function)


def trust_option(function: F) -> F:
    """Add the repeatable option `--trust`."""
    help_text = "A package whose objects the space may call, beside layers of torch and your own project; repeatable."
    return click.option("--trust", metavar="PKG", multiple=True, help=help_text)(function)
