"""What `search` and `resume` share: the display, the store's name, the exit code of an interrupted search."""

from __future__ import annotations

import json
import shlex
import signal
from collections.abc import Callable, Sequence

import click

from symbolic.cli.options import DEFAULT_STORE
from symbolic.cli.progress import listeners
from symbolic.cli.report import print_end
from symbolic.search.finished import Study, StudyError
from symbolic.search.interrupts import Stop
from symbolic.search.notices import Listener

NO_RESULT = 1


def run(
    target: str | None,
    store: str,
    start: Callable[[Sequence[Listener], Stop], Study],
    *,
    as_json: bool = False,
) -> int:
    """Run a search with a display, print what it found, and return the exit code.

    0: a best candidate was found; 1: none; 130 and 143: interrupted by Ctrl-C or SIGTERM, with the command to go on.
    """
    stop = Stop()
    try:
        study = start(listeners(), stop)
    except KeyboardInterrupt:
        click.echo("stopped at once; what was committed is kept: symspace resume goes on", err=True)
        return 128 + (stop.signal or signal.SIGINT)
    if as_json:
        return _as_json(study, store, stop)
    if study.why == "interrupted":
        click.echo(f"interrupted; go on with: {resume_command(study, store)}", err=True)
        return 128 + (stop.signal or signal.SIGINT)
    try:
        print_end(study, target, store)
    except StudyError as error:
        click.echo(str(error), err=True)
        return NO_RESULT
    return 0


def resume_command(study: Study, store: str) -> str:
    """Return the command that goes on with a study."""
    at = "" if store == DEFAULT_STORE else f" --store {shlex.quote(store)}"
    return f"symspace resume {shlex.quote(study.name)}{at}"


def _as_json(study: Study, store: str, stop: Stop) -> int:
    from symbolic.cli.outcome import outcome

    found = outcome(study, store)
    if study.why == "interrupted":
        click.echo(json.dumps({**found, "resume": resume_command(study, store)}))
        return 128 + (stop.signal or signal.SIGINT)
    click.echo(json.dumps(found))
    return 0 if found.get("best") or found.get("pareto") else NO_RESULT
