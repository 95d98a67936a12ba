"""`symspace check`."""

from __future__ import annotations

import json
from typing import Any

import attrs
import click

from symbolic.cli.options import json_option, space_argument, task_option, trust_option


@click.command("check")
@space_argument
@task_option
@click.option("--algorithm", help="Also say, decision by decision, what this algorithm can do with the space.")
@click.option("--build", "builds", is_flag=True, help="Also build candidates and run their networks, without computing.")
@click.option("--samples", default=16, show_default=True, type=click.IntRange(0), help="With --build: how many random ones.")
@click.option("--backend", default="train", show_default=True, help="With --build: the backend that builds.")
@trust_option
@json_option
def command(
    space: str,
    task: str | None,
    algorithm: str | None,
    builds: bool,
    samples: int,
    backend: str,
    trust: tuple[str, ...],
    as_json: bool,
) -> int:
    """Say whether SPACE is sound: names, paths, bounds, constraints, shapes.

    Shapes are arithmetic, over candidates that cover the space. Runs no code of yours but a class's own, except with --build:
    then the default candidate, the smallest, the largest and random ones are built.
    """
    from symbolic import load
    from symbolic.check import check_trust
    from symbolic.search.targets import task_of
    from symbolic.table.idle import idle

    loaded, known_task = task_of(load(space), task)
    size, table = loaded.size(), loaded.lower()
    check_trust(attrs.evolve(loaded, trusted=trust))
    facts = None if known_task is None else known_task.facts
    lines = _networks(attrs.evolve(loaded, trusted=trust), facts, backend if builds else None, samples)
    warnings = [str(warning) for warning in idle(table)]
    for warning in () if as_json else warnings:
        click.echo(f"warning: {warning}", err=True)
    found: dict[str, Any] = {
        "space": loaded.name,
        "hash": loaded.hash,
        "decisions": len(table),
        "size": size.value,
        "warnings": warnings,
        **{what: attrs.asdict(said) for what, said in lines.items()},
    }
    suits = True
    if algorithm is not None:
        suits, found["algorithm"] = _algorithm(loaded, known_task, algorithm, trust)
    if as_json:
        click.echo(json.dumps({"ok": suits, **found}))
    else:
        shapes = "" if known_task is not None else "; shapes unchecked: no task is named (--task)"
        click.echo(f"{loaded.name}: sound, {len(table)} decisions, {size} candidates{shapes}")
        for what, said in lines.items():
            click.echo(f"{what}: {'fit in ' if what == 'shapes' else ''}{said}")
        for line in found.get("algorithm", {}).get("lines", ()):
            click.echo(line)
    return 0 if suits else 1


def _networks(space: Any, facts: Any, backend: str | None, samples: int) -> dict[str, Any]:
    """What was tried of the space's networks: shapes, and with a backend what was built."""
    from symbolic.check import check_shapes, check_train
    from symbolic.checking.rehearsal import check_build

    if facts is None:
        if backend is not None:
            raise click.UsageError("--build needs a task: name it in the space (task digits), or with --task")
        return {}
    if facts.train:  # every key that a trainer of this task knows
        check_train(space, facts.train)
    found: dict[str, Any] = {"shapes": check_shapes(space, facts)}
    if backend is not None:
        found["built"] = check_build(space, facts, backend, samples)
    return found


def _algorithm(space: Any, task: Any, name: str, trust: tuple[str, ...]) -> tuple[bool, dict[str, Any]]:
    """Whether the algorithm can run, and a line for each decision: mixed, or fixed at its default and why."""
    from symbolic.search.check import Unsuited
    from symbolic.search.plan import plan
    from symbolic.search.wishes import Wishes

    try:
        made = plan(space, Wishes(algorithm=name, task=task, trust=trust))
    except Unsuited as error:
        return False, {"runs": False, "lines": str(error).splitlines()}
    facts = made.problem.facts
    relaxed = bool(made.algorithm.needs.signals & {"step", "gradient", "score", "lookahead"})
    lines = [f"  yes  {path}" for path in made.problem.table.path if not relaxed or path in facts.relaxable]
    lines += [f"  no   {note}" for note in made.notes if note not in facts.notes]
    lines += [f"  note: {note}" for note in facts.notes]
    return True, {"runs": True, "lines": [f"{name} on {made.identity.backend}:", *lines]}
