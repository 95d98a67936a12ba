"""Who listens to a search of the command line: the progress bar, and the logs that were asked for."""

from __future__ import annotations

import click

from symbolic.cli.options import SINKS
from symbolic.display.progress import Progress
from symbolic.search.notices import Listener


def listeners() -> list[Listener]:
    """Return the bar and the sinks of the command that runs. Raises `SinkError` for a log that cannot be written."""
    from symbolic import registry

    given = click.get_current_context().meta.get(SINKS, {})
    return [Progress(closing=False), *(registry.get("sinks", name)(place) for name, place in given.items())]
