"""`symspace resume`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from symbolic.cli.options import store_option, study_argument, trust_option
from symbolic.search.finished import Study
from symbolic.search.interrupts import Stop
from symbolic.search.notices import Listener


@click.command("resume")
@study_argument
@click.option("--trials", type=click.IntRange(1), help="A new budget of trials, those already run included.")
@click.option("--time", "limit", help="A new budget of time, that already spent included.")
@click.option("--workers", type=click.IntRange(0), default=0, show_default=True, help="Worker processes; 0 is this process.")
@click.option("--restart-supernet", is_flag=True, help="Train shared weights from step 0 where the snapshot is lost.")
@trust_option
@store_option
def command(
    study: str | None,
    trials: int | None,
    limit: str | None,
    workers: int,
    restart_supernet: bool,
    trust: tuple[str, ...],
    store: str,
) -> int:
    """Go on with STUDY (default: the newest of the store) as it was started; a budget given here replaces the old one."""
    from symbolic.cli.running import run
    from symbolic.cli.studies import chosen, record_of
    from symbolic.language.load import parse
    from symbolic.search.plan import objectives_in
    from symbolic.search.store import store_at
    from symbolic.search.study import resume_study

    name = chosen(store_at(store), study, store)
    record = record_of(store, name)

    def start(listeners: Sequence[Listener], stop: Stop) -> Study:
        return resume_study(
            store,
            name,
            trials=trials,
            time=limit,
            workers=workers,
            restart_supernet=restart_supernet,
            trust=trust,
            listeners=listeners,
            stop=stop,
        )

    target = record.context.get("target")
    return run(objectives_in(parse(record.identity.space, name)), target and str(target), store, start)
