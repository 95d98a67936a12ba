"""What `search` and `resume` share: the display, the store's name, the exit code of an interrupted search."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence

import click

from symbolic.cli.progress import display
from symbolic.cli.report import print_end
from symbolic.search.finished import Study, StudyError
from symbolic.search.interrupts import Stop
from symbolic.search.notices import Listener
from symbolic.search.objectives import Objectives

NO_RESULT = 1


def run(objectives: Objectives, target: str | None, store: str, start: Callable[[Sequence[Listener], Stop], Study]) -> int:
    """Run a search with a display, print what it found, and return the exit code.

    0: a best candidate was found; 1: none; 130 and 143: interrupted by Ctrl-C or SIGTERM, with the command to go on.
    """
    stop = Stop()
    try:
        with display(objectives) as shown:
            study = start([shown.hear], stop)
    except KeyboardInterrupt:
        click.echo("stopped at once; what was committed is kept: symspace resume goes on", err=True)
        return 128 + (stop.signal or signal.SIGINT)
    if study.why == "interrupted":
        at = f" --store {store}"
        click.echo(f"interrupted; go on with: symspace resume {study.name}{at}", err=True)
        return 128 + (stop.signal or signal.SIGINT)
    try:
        print_end(study, target, store)
    except StudyError as error:
        click.echo(str(error), err=True)
        return NO_RESULT
    return 0
