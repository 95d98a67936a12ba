"""`symspace export`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symbolic.cli.options import json_option, store_option, study_argument, trust_option

if TYPE_CHECKING:
    from symbolic.search.finished import Study


@click.command("export")
@study_argument
@click.option("--to", "path", type=click.Path(path_type=Path), help="The file: x.pt2, x.onnx or x.py.")
@click.option("--trial", type=click.IntRange(0), help="The trial; the best one if not given.")
@click.option("--batch", type=click.IntRange(1), help="How many examples the network takes at a time; any number if not given.")
@click.option("--optuna", "url", metavar="URL", help="Write all trials as an Optuna study there: sqlite:///x.db.")
@trust_option
@store_option
@json_option
def command(
    study: str | None,
    path: Path | None,
    trial: int | None,
    batch: int | None,
    url: str | None,
    trust: tuple[str, ...],
    store: str,
    as_json: bool,
) -> None:
    """Write what STUDY found for other programs: a network (--to), or all trials for Optuna's dashboard (--optuna).

    A network is written for torch.export (.pt2), as ONNX (.onnx), or as plain PyTorch (.py). The trained weights go with it
    where the study keeps them; a .py file has none. STORE/STUDY stands for --store STORE STUDY.
    """
    if (path is None) == (url is None):
        raise click.UsageError("say what to write: --to FILE for a network, or --optuna URL for all trials")
    if url is not None and (trial is not None or batch is not None):
        raise click.UsageError("--optuna writes all trials: leave out --trial and --batch")
    if batch is not None and path is not None and path.suffix == ".py":
        raise click.UsageError("--batch is for .pt2 and .onnx: source takes any number of examples")
    from symbolic.cli.studies import chosen, split
    from symbolic.search.store import store_at
    from symbolic.search.study import load_study

    store, study = split(store, study)
    loaded = load_study(store, chosen(store_at(store), study, store))
    done = write_network(store, loaded, path, trial, batch, trust) if path is not None else write_optuna(loaded, str(url))
    click.echo(json.dumps(done) if as_json else done["text"])


def write_network(
    store: str, study: Study, path: Path, number: int | None, batch: int | None, trust: tuple[str, ...]
) -> dict[str, Any]:
    """Write the network of a trial to a file; return what was done, as JSON data and as text."""
    from symbolic import registry
    from symbolic.cli.networks import network_of

    found = network_of(store, study, number, trust)
    trained = registry.get("backends", "train")().export(found.candidate, found.facts, path, found.checkpoint, batch)
    weights = "with its trained weights" if trained else "without trained weights"
    why = "" if trained or path.suffix == ".py" else " (the study keeps none of this trial)"
    text = f"trial {found.trial.number} of {study.name}: {path}, {weights}{why}"
    return {"study": study.name, "trial": found.trial.number, "file": str(path), "trained": trained, "text": text}


def write_optuna(study: Study, url: str) -> dict[str, Any]:
    """Write all trials as an Optuna study; return what was done, as JSON data and as text."""
    from symbolic.dashboard.export import export_to_optuna

    count = export_to_optuna(study, url)
    text = f"{count} trials of {study.name}: {url} (to look at them: optuna-dashboard {url})"
    return {"study": study.name, "trials": count, "url": url, "text": text}
