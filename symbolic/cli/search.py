"""`symspace search`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from symbolic.cli.options import space_argument, store_option, task_option, trust_option
from symbolic.search.finished import Study
from symbolic.search.interrupts import Stop
from symbolic.search.notices import Listener


@click.command("search")
@space_argument
@task_option
@click.option("--algorithm", default="regularized_evolution", show_default=True, help="A name or a call: darts(epochs: 9).")
@click.option("--backend", help="What evaluates (default: train, or supernet for a weight-sharing algorithm).")
@click.option(
    "--trials", type=click.IntRange(1), help="How many candidates (default 50; weight sharing: how many are retrained, 1)."
)
@click.option("--time", "limit", help="How long, over all sittings: 90s, 2m, 1h.")
@click.option("--epochs", type=click.IntRange(1), help="Epochs of the supernet, for weight-sharing algorithms.")
@click.option("--workers", type=click.IntRange(0), default=0, show_default=True, help="Worker processes; 0 is this process.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Equal seeds, equal proposals.")
@click.option("--objective", "objectives", multiple=True, help="'maximize accuracy', instead of the space's own; repeatable.")
@click.option("--study", help="The study's name (default: SPACE-ALGORITHM-sSEED); an old one continues.")
@click.option("--no-baseline", is_flag=True, help="Do not evaluate the default candidate first.")
@click.option("--no-reuse", is_flag=True, help="Evaluate a candidate again although its result is known.")
@click.option("--deterministic", is_flag=True, help="With several workers: proposals that do not depend on timing.")
@click.option("--restart-supernet", is_flag=True, help="Train shared weights from step 0 where the snapshot is lost.")
@trust_option
@store_option
def command(
    space: str,
    task: str | None,
    algorithm: str,
    backend: str | None,
    trials: int | None,
    limit: str | None,
    epochs: int | None,
    workers: int,
    seed: int,
    objectives: tuple[str, ...],
    study: str | None,
    no_baseline: bool,
    no_reuse: bool,
    deterministic: bool,
    restart_supernet: bool,
    trust: tuple[str, ...],
    store: str,
) -> int:
    """Search SPACE: a file.space, file.py:Class or module:name. Searching again continues the study."""
    from symbolic.cli.running import run
    from symbolic.search.plan import objectives_in
    from symbolic.search.study import search
    from symbolic.search.targets import space_of, task_of, with_objectives

    goals = list(objectives) or None
    loaded, known_task = task_of(space_of(space), task)
    loaded = with_objectives(loaded, goals, known_task)
    click.echo(f"space {loaded.name}: {loaded.size()} candidates, {len(loaded.lower())} decisions", err=True)

    def start(listeners: Sequence[Listener], stop: Stop) -> Study:
        return search(
            space,
            task=task,
            algorithm=algorithm,
            backend=backend,
            trials=trials,
            time=limit,
            epochs=epochs,
            workers=workers,
            seed=seed,
            objectives=goals,
            study=study,
            baseline=False if no_baseline else None,
            reuse=not no_reuse,
            deterministic=deterministic,
            restart_supernet=restart_supernet,
            trust=trust,
            store=store,
            listeners=listeners,
            stop=stop,
        )

    return run(objectives_in(loaded), space, store, start)
