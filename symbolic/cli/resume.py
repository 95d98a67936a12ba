"""`symspace resume`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from symbolic.cli.completing import entries
from symbolic.cli.options import json_option, sink_options, store_option, study_argument, trust_option
from symbolic.search.finished import Study
from symbolic.search.interrupts import Stop
from symbolic.search.notices import Listener


@click.command("resume")
@study_argument
@click.option("--trials", type=click.IntRange(1), help="A new budget of trials, those already run included.")
@click.option("--time", "limit", help="A new budget of time, that already spent included.")
@click.option(
    "--algorithm", shell_complete=entries("algorithms"), help="Go on with another algorithm, which learns from all trials."
)
@click.option("--migrate", is_flag=True, help="Read the edited space again, and go on with the candidates that it still has.")
@click.option("--queue", type=click.Path(exists=True, path_type=Path), help="A JSON file of candidates to evaluate next.")
@click.option("--refit", is_flag=True, help="Train the winner on training and validation data before the test data.")
@click.option("--workers", type=click.IntRange(0), default=0, show_default=True, help="Worker processes; 0 is this process.")
@click.option("--trial-timeout", help="End a trial that takes longer, 10m; needs --workers.")
@click.option("--restart-supernet", is_flag=True, help="Train shared weights from step 0 where the snapshot is lost.")
@sink_options
@trust_option
@store_option
@json_option
def command(
    study: str | None,
    trials: int | None,
    limit: str | None,
    algorithm: str | None,
    migrate: bool,
    queue: Path | None,
    refit: bool,
    workers: int,
    trial_timeout: str | None,
    restart_supernet: bool,
    trust: tuple[str, ...],
    store: str,
    as_json: bool,
) -> int:
    """Go on with STUDY (default: the newest of the store) as it was started; a budget given here replaces the old one.

    With --json one object when it ends: trials by state, the best one or the front, gain, report.
    """
    from symbolic.cli.given import candidates_in
    from symbolic.cli.running import run
    from symbolic.cli.studies import chosen, record_of, split
    from symbolic.search.store import store_at
    from symbolic.search.study import resume_study

    store, study = split(store, study)
    queued = [] if queue is None else candidates_in(queue)
    name = chosen(store_at(store), study, store)
    record = record_of(store, name)

    def start(listeners: Sequence[Listener], stop: Stop) -> Study:
        return resume_study(
            store,
            name,
            trials=trials,
            time=limit,
            algorithm=algorithm,
            migrate=migrate,
            queue=queued,
            refit=refit,
            workers=workers,
            trial_timeout=trial_timeout,
            restart_supernet=restart_supernet,
            trust=trust,
            listeners=listeners,
            stop=stop,
        )

    target = record.context.get("target")
    return run(target and str(target), store, start, as_json=as_json)
