"""`symspace search`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from symbolic.cli.options import (
    algorithm_option,
    backend_option,
    json_option,
    sink_options,
    space_argument,
    store_option,
    task_option,
    trust_option,
)
from symbolic.search.finished import Study
from symbolic.search.interrupts import Stop
from symbolic.search.notices import Listener


@click.command("search")
@space_argument
@task_option
@algorithm_option
@backend_option
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
@click.option("--cost", type=click.FloatRange(0, min_open=True), help="Seconds of evaluation, summed over workers.")
@click.option("--trial-timeout", help="End a trial that takes longer, 10m; needs --workers.")
@click.option("--fidelity", help="The fidelity that the algorithm drives, where the space has several.")
@click.option("--metric", "metrics", multiple=True, metavar="NAME=COMMAND", help="A program that measures {onnx}; repeatable.")
@click.option(
    "--queue", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Candidates to evaluate first: JSON."
)
@click.option("--warm-start", multiple=True, metavar="STORE/STUDY", help="Learn from an older study's results; repeatable.")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="Keep a fact that algorithms may read; repeatable.")
@click.option("--refit", is_flag=True, help="Train the winner on training and validation data before the test data.")
@click.option("--migrate", is_flag=True, help="The space was edited: go on with the candidates that it still has.")
@click.option("--restart-supernet", is_flag=True, help="Train shared weights from step 0 where the snapshot is lost.")
@sink_options
@trust_option
@store_option
@json_option
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
    cost: float | None,
    trial_timeout: str | None,
    fidelity: str | None,
    metrics: tuple[str, ...],
    queue: Path | None,
    warm_start: tuple[str, ...],
    facts: tuple[str, ...],
    refit: bool,
    migrate: bool,
    restart_supernet: bool,
    trust: tuple[str, ...],
    store: str,
    as_json: bool,
) -> int:
    """Search SPACE: a file.space, file.py:Class or module:name. Searching again continues the study.

    With --json one object when it ends: trials by state, the best one or the front, gain, report.
    """
    from symbolic.cli.given import candidates_in, facts_in
    from symbolic.cli.running import run
    from symbolic.search.study import search
    from symbolic.search.targets import space_of, task_of, with_objectives

    goals = list(objectives) or None
    queued, context = [] if queue is None else candidates_in(queue), facts_in(facts)
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
            cost=cost,
            trial_timeout=trial_timeout,
            fidelity=fidelity,
            metrics=metrics,
            queue=queued,
            warm_start=warm_start,
            context=context,
            refit=refit,
            migrate=migrate,
            restart_supernet=restart_supernet,
            trust=trust,
            store=store,
            listeners=listeners,
            stop=stop,
        )

    return run(space, store, start, as_json=as_json)
