"""`symspace worker`."""

from __future__ import annotations

import json
import signal

import attrs
import click

from symbolic.cli.options import folder_option, json_option, sink_options, trust_option, with_folder
from symbolic.search.finished import Study
from symbolic.search.interrupts import Stop
from symbolic.search.notices import Finished, Notice, Served


@click.command("worker")
@click.argument("store", metavar="STORE", callback=with_folder)
@click.argument("study", metavar="STUDY")
@click.option("--workers", type=click.IntRange(0), default=0, show_default=True, help="Worker processes; 0 is this process.")
@click.option("--time", "limit", help="Leave after so long: 90s, 2h. The study's own budget holds in any case.")
@click.option("--trial-timeout", help="End a trial that takes longer, 10m; needs --workers.")
@sink_options
@trust_option
@folder_option
@json_option
def command(
    store: str,
    study: str,
    workers: int,
    limit: str | None,
    trial_timeout: str | None,
    trust: tuple[str, ...],
    as_json: bool,
) -> int:
    """Work on STUDY of STORE (a file, or postgresql://user@host/database) beside the processes that search it.

    Leaves when the budget is spent, after --time, or on Ctrl-C or SIGTERM; trials that have not ended are given back. With
    --json one object then: how the study stands, as `search --json` prints it, and how many trials ended meanwhile.
    """
    from symbolic.cli.outcome import outcome
    from symbolic.cli.progress import listeners
    from symbolic.search.joining import join

    stop, mine = Stop(), Here()
    try:
        left = join(
            store,
            study,
            workers=workers,
            time=limit,
            trial_timeout=trial_timeout,
            trust=trust,
            listeners=[*listeners(), mine.hear],
            stop=stop,
        )
    except KeyboardInterrupt:
        click.echo("left at once; others run again what had not ended", err=True)
        return 128 + (stop.signal or signal.SIGINT)
    click.echo(farewell(left, mine.ended), err=True)
    if as_json:
        click.echo(json.dumps({**outcome(left, store), "ended_meanwhile": mine.ended}))
    return 128 + stop.signal if stop.signal else 0


@attrs.define
class Here:
    """How many trials ended while this process was there, wherever they ran."""

    ended: int = 0

    def hear(self, notice: Notice) -> None:
        """Count."""
        self.ended += isinstance(notice, Finished | Served)


def farewell(study: Study, ended: int) -> str:
    """Say how the study stands when a worker leaves."""
    trials = f"{ended} trial{'' if ended == 1 else 's'} ended meanwhile"
    match study.why:
        case "interrupted":
            return f"left study {study.name}; {trials}, and it goes on without this process"
        case "done" | "trials" | "seconds" | "cost":
            return f"study {study.name} has ended ({study.why}); {trials}"
    return f"left study {study.name} ({study.why}); {trials}"
