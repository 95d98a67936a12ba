"""Black-box search on NAS-Bench-201, ours beside its peers: `python -m benchmarks.blackbox --dataset cifar100 [--keep]`.

The objective is the mean validation accuracy after 200 epochs, read from `nasbench201.csv.gz` in the folder `SYMSPACE_DATA`
names; regret is the distance to the best cell, in points of accuracy. Peers: Optuna (TPE, NSGA-II, GP), PyGlove's regularized
evolution. Settings are tuned on cifar10 and cifar100 only.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs
import click
import numpy as np

import symbolic as sym
from benchmarks.harness import RAW, machine

EDGES = ("x10", "x20", "x21", "x30", "x31", "x32")
OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
COLUMNS = {"cifar10": "c10", "cifar100": "c100", "in16": "in16"}
DATA = Path(__file__).parents[2] / "shared" / "data"
Objective = Callable[[tuple[str, ...]], float]
Search = Callable[[Objective, int, int], None]
"""A competitor: calls the objective with the six operations as often as it may; arguments: objective, trials, seed."""


def accuracies(dataset: str) -> dict[tuple[str, ...], float]:
    """Return the mean accuracy of each cell, its operations in the order of `EDGES`."""
    prefix, found = COLUMNS[dataset], {}
    folder = Path(os.environ.get("SYMSPACE_DATA", DATA))
    with gzip.open(folder / "nasbench201.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            values = [float(row[f"{prefix}_val_e200_s{s}"]) for s in range(3) if row[f"{prefix}_val_e200_s{s}"]]
            cell = tuple(e.partition("~")[0] for node in row["arch"].split("+") for e in node.strip("|").split("|"))
            found[cell] = float(np.mean(values))
    return found


def ours(algorithm: str) -> Search:
    """Return one of our algorithms as a competitor."""
    text = "\n".join(f"{e} = " + " | ".join(f'"{o}"' for o in OPERATIONS) for e in EDGES)

    def run(objective: Objective, trials: int, seed: int) -> None:
        def measured(values: Mapping[str, str]) -> float:
            return objective(tuple(values[e] for e in EDGES))

        space = sym.parse(text)
        sym.search(space, evaluate=measured, algorithm=algorithm, trials=trials, seed=seed, baseline=False, listeners=[])

    return run


def optuna_sampler(name: str) -> Search:
    """Return an Optuna sampler as a competitor."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def run(objective: Objective, trials: int, seed: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sampler = getattr(optuna.samplers, name)(seed=seed)
            study = optuna.create_study(direction="maximize", sampler=sampler)
            study.optimize(lambda t: objective(tuple(t.suggest_categorical(e, OPERATIONS) for e in EDGES)), n_trials=trials)

    return run


def pyglove_evolution(objective: Objective, trials: int, seed: int) -> None:
    """PyGlove's regularized evolution with its defaults."""
    import pyglove as pg  # type: ignore[import-not-found, import-untyped, unused-ignore]

    space = pg.Dict({e: pg.oneof(list(OPERATIONS)) for e in EDGES})
    for values, feedback in pg.sample(space, pg.evolution.regularized_evolution(seed=seed), num_examples=trials):
        feedback(objective(tuple(values[e] for e in EDGES)))


PEERS: Mapping[str, Callable[[], Search]] = {
    "Optuna TPE": lambda: optuna_sampler("TPESampler"),
    "Optuna NSGA-II": lambda: optuna_sampler("NSGAIISampler"),
    "Optuna GP": lambda: optuna_sampler("GPSampler"),
    "PyGlove evolution": lambda: pyglove_evolution,
}


@attrs.frozen
class Curve:
    """Regret of the best so far after each trial, `[seed, trial]`, and the wall seconds of a run."""

    name: str
    regret: np.ndarray
    seconds: float


def compete(name: str, search: Search, table: Mapping[tuple[str, ...], float], trials: int, seeds: int) -> Curve:
    """Run a competitor once per seed."""
    optimum, regrets, began = max(table.values()), [], time.perf_counter()
    for seed in range(seeds):
        seen: list[float] = []

        def objective(cell: tuple[str, ...], seen: list[float] = seen) -> float:
            seen.append(table[cell])
            return seen[-1]

        search(objective, trials, seed)
        best = optimum - np.maximum.accumulate(seen[:trials])
        regrets.append(np.pad(best, (0, trials - len(best)), mode="edge"))
    return Curve(name, np.array(regrets), (time.perf_counter() - began) / seeds)


def header(trials: int) -> str:
    """Return the head of the table."""
    return f"| | {trials // 3} trials | {2 * trials // 3} trials | {trials} trials | seconds a run |\n|---|---|---|---|---|"


def line(curve: Curve, trials: int) -> str:
    """Return one row of the table: mean regret and its standard error at three times, runs at the optimum."""
    marks = (trials // 3, 2 * trials // 3, trials)
    cells = []
    for mark in marks:
        final = curve.regret[:, mark - 1]
        cells.append(f"{final.mean():.2f} ± {final.std(ddof=1) / len(final) ** 0.5:.2f}, {np.mean(final < 1e-9):.0%}")
    return f"| {curve.name} | {' | '.join(cells)} | {curve.seconds:.2f} |"


@click.command()
@click.option("--dataset", type=click.Choice(list(COLUMNS)), default="cifar100")
@click.option("--trials", default=150)
@click.option("--seeds", default=20)
@click.option("--ours", "own", default="random,regularized_evolution,tpe", help="Our algorithms as calls, separated by commas.")
@click.option("--peers", default=",".join(PEERS), help="Names of peers, separated by commas; '' for none.")
@click.option("--keep", is_flag=True, help="Write the curves to docs/benchmarks/.")
def main(dataset: str, trials: int, seeds: int, own: str, peers: str, keep: bool) -> None:
    """Print regret (mean, standard error) and the share of runs at the optimum, at a third, two thirds and all trials."""
    table = accuracies(dataset)
    searches = {name: ours(name) for name in own.split(",") if name}
    searches |= {name: PEERS[name]() for name in peers.split(",") if name}
    print(f"{dataset}: {len(table)} cells, {seeds} seeds\n")
    print(header(trials))
    curves = []
    for name, search in searches.items():
        curves.append(compete(name, search, table, trials, seeds))
        print(line(curves[-1], trials), flush=True)
    if keep:
        rows = [{"name": c.name, "seconds": c.seconds, "regret": c.regret.round(4).tolist()} for c in curves]
        RAW.mkdir(parents=True, exist_ok=True)
        path = RAW / f"blackbox-{dataset}.json"
        path.write_text(json.dumps({"machine": machine(), "curves": rows}) + "\n", encoding="utf-8")
        print(f"written to {path}")


if __name__ == "__main__":
    main()
