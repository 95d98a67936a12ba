"""Schedulers on NAS-Bench-201 in simulated seconds: `python -m benchmarks.fidelity --dataset cifar100 [--keep]`.

The table knows validation accuracy after 12 and after 200 epochs, so there are two rungs; a trial costs its share of the
table's seconds, a continued one what it adds. Random search trains everything for 200 epochs. Told is the share of random
search's cost after which the mean best of the seeds is as good as random search's at its end. Settings: `eta` alone is chosen,
on cifar10 and cifar100.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
from collections.abc import Mapping
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

import symbolic as sym
from benchmarks.blackbox import COLUMNS, DATA, EDGES, OPERATIONS
from benchmarks.harness import RAW, machine
from symbolic.points import Point
from symbolic.search import calls
from symbolic.search.complete import started
from symbolic.search.events import Result
from symbolic.search.objectives import Objective, Objectives
from symbolic.search.problem import Problem
from symbolic.table.table import Fidelity, Table

RIVALS = ("asha(tpe, eta: {eta})", "asha(eta: {eta})", "bohb(eta: {eta})", "priorband(eta: {eta})", "hyperband(eta: {eta})")
GRID = np.linspace(0.0, 1.0, 201)
Cell = tuple[float, float, float]
"""Accuracy after 12 epochs and after 200, seconds of 200 epochs."""


def cells(dataset: str) -> dict[tuple[int, ...], Cell]:
    """Return the table: the codes of the six edges -> what is known of the cell."""
    prefix, found = COLUMNS[dataset], {}
    with gzip.open(Path(os.environ.get("SYMSPACE_DATA", DATA)) / "nasbench201.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            names = [e.partition("~")[0] for node in row["arch"].split("+") for e in node.strip("|").split("|")]
            last = [float(row[f"{prefix}_val_e200_s{s}"]) for s in range(3) if row[f"{prefix}_val_e200_s{s}"]]
            codes = tuple(OPERATIONS.index(n) for n in names)
            found[codes] = float(row[f"{prefix}_val_e12"]), float(np.mean(last)), float(row[f"{prefix}_train_s_e200"])
    return found


def run(algorithm: str, table: Table, known: Mapping[tuple[int, ...], Cell], budget: float, seed: int) -> NDArray[np.float64]:
    """Return the best accuracy after 200 epochs at each share of the budget in `GRID`, one worker."""
    fidelity = None if algorithm == "random" else Fidelity("epochs", 12, 200, step=188)
    problem = Problem(table, Objectives((Objective("accuracy", maximize=True),)), seed, fidelity)
    search = started(calls.from_text("algorithms", algorithm), problem)
    spent, number, best, curve = 0.0, 0, 0.0, np.zeros(len(GRID))
    while spent < budget:
        asked = search.ask([number])
        if not asked:
            break
        trial = asked[0]
        assert isinstance(trial.point, Point)
        early, late, seconds = known[tuple(int(c) for c in trial.point.index)]
        top = trial.fidelity is None
        spent += seconds * ((200.0 if top else 12.0) - trial.reached) / 200
        search.tell([trial, Result(trial, "ok", {"accuracy": late if top else early}, trial.fidelity)])
        best, number = max(best, late if top else 0.0), number + 1
        curve[spent / budget <= GRID] = best
    return curve


@click.command()
@click.option("--dataset", type=click.Choice(list(COLUMNS)), default="cifar100")
@click.option("--seeds", default=20, help="Runs of each.")
@click.option("--trials", default=150, help="The budget: so many trainings of 200 epochs at their mean cost.")
@click.option("--eta", default=4, help="The best 1/eta of the trials go on to 200 epochs.")
@click.option("--keep", is_flag=True, help="Write docs/benchmarks/fidelity-DATASET.json.")
def main(dataset: str, seeds: int, trials: int, eta: int, keep: bool) -> None:
    """Run all and print the table."""
    known = cells(dataset)
    text = "\n".join(f"{e} = " + " | ".join(f'"{o}"' for o in OPERATIONS) for e in EDGES)
    table, budget = sym.parse(text).lower(), trials * float(np.mean([c[2] for c in known.values()]))
    top = max(c[1] for c in known.values())
    final, found = 0.0, {}
    for name in ("random", *(r.format(eta=eta) for r in RIVALS)):
        curves = np.array([run(name, table, known, budget, seed) for seed in range(seeds)])
        mean = curves.mean(0)
        final = float(mean[-1]) if name == "random" else final
        reached = GRID[mean >= final]
        share = float(reached[0]) if len(reached) else None
        regret, error = top - float(mean[-1]), float(curves[:, -1].std(ddof=1) / np.sqrt(seeds))
        found[name] = {"regret": regret, "standard_error": error, "share_of_cost": share}
        shown = "never" if share is None else f"{share:.3f}"
        click.echo(f"{name:24} regret {regret:.3f} +- {error:.3f}   random's final value after {shown} of its cost")
    if keep:
        setup = {"dataset": dataset, "seeds": seeds, "trials": trials, "eta": eta, "machine": machine()}
        (RAW / f"fidelity-{dataset}.json").write_text(json.dumps({**setup, "found": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
