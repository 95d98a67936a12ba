"""`symspace plan`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import click

from symbolic.cli.options import algorithm_option, backend_option, json_option, space_argument, task_option, trust_option

if TYPE_CHECKING:
    from symbolic.search.outline import Outline
    from symbolic.search.stages import Stage


@click.command("plan")
@space_argument
@task_option
@algorithm_option
@backend_option
@click.option("--trials", type=click.IntRange(1), help="How many candidates.")
@click.option("--time", "limit", help="How long, over all sittings: 90s, 2m, 1h.")
@click.option("--workers", type=click.IntRange(0), default=0, show_default=True, help="Worker processes; 0 is this process.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Equal seeds, equal proposals.")
@click.option("--objective", "objectives", multiple=True, help="'maximize accuracy', instead of the space's own; repeatable.")
@click.option("--fidelity", help="The fidelity that the algorithm drives, where the space has several.")
@click.option("--metric", "metrics", multiple=True, metavar="NAME=COMMAND", help="A program that measures {onnx}; repeatable.")
@click.option("--timed", is_flag=True, help="Run one trial, throw it away, and say how long the search would take.")
@trust_option
@json_option
def command(
    space: str,
    task: str | None,
    algorithm: str,
    backend: str | None,
    trials: int | None,
    limit: str | None,
    workers: int,
    seed: int,
    objectives: tuple[str, ...],
    fidelity: str | None,
    metrics: tuple[str, ...],
    timed: bool,
    trust: tuple[str, ...],
    as_json: bool,
) -> None:
    """Say what a search of SPACE would do: settings, rungs, budget, cost. Nothing is stored; without --timed nothing runs."""
    from symbolic.search.outline import outline
    from symbolic.search.plan import plan
    from symbolic.search.wishes import Wishes

    wishes = Wishes(
        task=task,
        algorithm=algorithm,
        backend=backend,
        trials=trials,
        time=limit,
        workers=workers,
        seed=seed,
        objectives=list(objectives) or None,
        fidelity=fidelity,
        metrics=metrics,
        trust=trust,
    )
    found = outline(plan(space, wishes), timed=timed, workers=workers)
    click.echo(json.dumps(data(found)) if as_json else text(found, workers))


def data(found: Outline) -> dict[str, Any]:
    """Return an outline as JSON data."""
    made = found.plan
    size, fidelity = made.space.size(), made.problem.fidelity
    return {
        "study": made.identity.name,
        "algorithm": found.algorithm,
        "backend": made.identity.backend,
        "task": made.identity.task,
        "seed": made.identity.seed,
        "decisions": len(made.problem.table),
        "size": {"value": size.value, "exact": size.exact, "continuous": size.continuous},
        "objectives": [str(g) for g in made.problem.objectives.goals],
        "limits": [limit.condition for limit in made.problem.objectives.limits],
        "budget": attrs.asdict(made.problem.budget),
        "baseline": made.baseline is not None,
        "fidelity": None if fidelity is None else {"path": fidelity.path, "low": fidelity.low, "high": fidelity.high},
        "stages": [attrs.asdict(part) for part in found.parts],
        "trial_s": found.trial_s,
        "estimate_s": found.estimate_s,
        "notes": list(found.notes),
    }


def text(found: Outline, workers: int) -> str:
    """Return an outline for a person."""
    from symbolic.search.durations import shown

    made, problem = found.plan, found.plan.problem
    goals = [str(g) for g in problem.objectives.goals] + [f"require {limit.condition}" for limit in problem.objectives.limits]
    where = f"{workers} worker processes" if workers else "this process"
    lines = [
        f"study {made.identity.name}: {found.algorithm} on {made.identity.backend} in {where}, seed {made.identity.seed}",
        f"space {made.space.name}: {made.space.size()} candidates, {len(problem.table)} decisions",
        f"objectives: {'; '.join(goals)}",
        "trial 0: " + ("the default candidate" if made.baseline is not None else "no baseline"),
    ]
    if problem.fidelity is not None:
        lines.append(f"fidelity: {problem.fidelity.path} {problem.fidelity.low:g}..{problem.fidelity.high:g}")
    lines += [_stage(part) for part in found.parts]
    if problem.budget.seconds is not None:
        lines.append(f"budget: {shown(problem.budget.seconds)}")
    if found.trial_s is not None:
        lines.append(f"one trial took {shown(found.trial_s)}")
    if found.estimate_s is not None:
        lines.append(f"estimated: {shown(found.estimate_s)}")
    return "\n".join([*lines, *(f"note: {note}" for note in found.notes)])


def _stage(part: Stage) -> str:
    count = "as many as the budget allows:" if part.count is None else f"{part.count} x"
    level = "" if part.fidelity is None else f" at fidelity {part.fidelity:g}"
    cost = "" if part.each_s is None else f", {part.each_s * 1e3:.3g} ms each"
    return f"  {count} {part.what}{level}{cost}"
