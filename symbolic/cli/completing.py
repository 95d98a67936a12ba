"""What a shell is offered for an argument: names from the registry, studies of the store, files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from click.shell_completion import CompletionItem

from symbolic import registry
from symbolic.errors import SymspaceError

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def entries(group: registry.Group) -> Completer:
    """Return what offers the registered names of a group; nothing is imported."""

    def offer(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(name) for name in registry.entries(group) if name.startswith(incomplete)]

    return offer


def files(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell offer files."""
    return [CompletionItem(incomplete, type="file")]


def studies(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the studies of the store that the command line names; none where it cannot be read."""
    from symbolic.search.store import store_at

    given: Any = context.params.get("store")
    try:
        names = store_at(given or "symspace.db").names()
    except SymspaceError:
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
