"""`symspace export`."""

from __future__ import annotations

from pathlib import Path

import click

from symbolic.cli.options import store_option, study_argument


@click.command("export")
@study_argument
@click.option("--to", "path", required=True, type=click.Path(path_type=Path), help="The file: x.pt2, x.onnx or x.py.")
@click.option("--trial", type=click.IntRange(0), help="The trial; the best one if not given.")
@store_option
def command(study: str | None, path: Path, trial: int | None, store: str) -> int:
    """Write the network of STUDY's best trial: for torch.export (.pt2), as ONNX (.onnx), or as plain PyTorch (.py).

    The trained weights go with it where the study keeps them; a .py file has none.
    """
    from symbolic import registry
    from symbolic.cli.networks import network_of
    from symbolic.cli.studies import chosen
    from symbolic.search.finished import StudyError
    from symbolic.search.store import store_at
    from symbolic.search.study import load_study

    loaded = load_study(store, chosen(store_at(store), study, store))
    try:
        found = network_of(store, loaded, trial)
    except StudyError as error:
        click.echo(str(error), err=True)
        return 1
    trained = registry.get("backends", "train")().export(found.candidate, found.facts, path, found.checkpoint)
    weights = "with its trained weights" if trained else "without trained weights"
    why = "" if trained or path.suffix == ".py" else " (the study keeps none of this trial)"
    click.echo(f"trial {found.trial.number} of {loaded.name}: {path}, {weights}{why}")
    return 0
