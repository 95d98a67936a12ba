"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_STORE = "symspace.db"


def space_argument(function: F) -> F:
    """Add the argument SPACE."""
    return click.argument("space", metavar="SPACE")(function)


def json_option(function: F) -> F:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def task_option(function: F) -> F:
    """Add `--task`."""
    return click.option("--task", help="The task, where the space names none (or another one).")(function)


def store_option(function: F) -> F:
    """Add `--store`."""
    return click.option("--store", default=DEFAULT_STORE, show_default=True, help="The file or URL of the store.")(function)


def study_argument(function: F) -> F:
    """Add the optional argument STUDY."""
    return click.argument("study", metavar="[STUDY]", required=False)(function)


def trust_option(function: F) -> F:
    """Add the repeatable option `--trust`."""
    help_text = "A package whose objects the space may call, beside layers of torch and your own project; repeatable."
    return click.option("--trust", metavar="PKG", multiple=True, help=help_text)(function)
