"""The figures of speed: drawing, building, mutating, the whole loop, lowering, parsing, starting; beside PyGlove where it can.

`python -m benchmarks.figures [--only TEXT] [--keep]`. PyGlove 0.4.5 comes with the extra `bench`; without it its column is
empty. `--keep` writes all runs to `docs/benchmarks/figures.json`.
"""

from __future__ import annotations

import importlib.util
import os
import random
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np

import symbolic as sym
from benchmarks.harness import Row, Work, keep, measure, rate, seconds, table
from symbolic.candidate import Candidate
from symbolic.language.load import parse
from symbolic.table import lower, mutate, sample

FIFTY = "\n".join(f"x{i} = " + " | ".join(f'"o{k}"' for k in range(10)) for i in range(50))
CELL = "\n".join(f"x{i} = " + " | ".join(f'"{o}"' for o in ("none", "skip", "conv1", "conv3", "pool")) for i in range(6))
THOUSAND = "\n".join(f"x{i} = " + " | ".join(f'"o{k}"' for k in range(10)) for i in range(1000))
LONG = "\n".join(f"x{i} = 1..{i + 2} default 2  # line {i}" for i in range(10_000))
ROOT = Path(__file__).parents[1]
ROWS, BUILT, TRIALS, STORED, MANY = 20_000, 2_000, 4_000, 2_000, 100_000
EVOLUTION = "regularized_evolution(population: 100, tournament: 10)"


def free(values: Any) -> float:
    """An objective that costs next to nothing."""
    return float(len(values["x0"]))


def ours_codes() -> float:
    space = parse(FIFTY).lower()
    return rate(lambda: sample(space, ROWS, np.random.default_rng(0)), ROWS)


def ours_built() -> float:
    space = parse(FIFTY)
    rows = sample(space.lower(), BUILT, np.random.default_rng(0))
    return rate(lambda: [Candidate(space, rows[i]).build() for i in range(BUILT)], BUILT)


def ours_mutated() -> float:
    space = parse(FIFTY).lower()
    rows = sample(space, ROWS, np.random.default_rng(0))
    return rate(lambda: mutate(space, rows, np.random.default_rng(1)), ROWS)


def ours_loop(text: str, trials: int, stored: bool = False) -> Work:
    def run() -> float:
        with tempfile.TemporaryDirectory() as folder:
            store = Path(folder) / "s.db" if stored else None
            space = parse(text)
            return rate(
                lambda: sym.search(space, evaluate=free, algorithm=EVOLUTION, trials=trials, store=store, listeners=[]), trials
            )

    return run


def late_loop() -> float:
    """Trials per second of the last tenth of a long search, by the clock of the objective's calls."""
    times: list[float] = []

    def timed(values: Any) -> float:
        times.append(time.perf_counter())
        return free(values)

    sym.search(parse(FIFTY), evaluate=timed, algorithm=EVOLUTION, trials=MANY, listeners=[])
    tenth = MANY // 10
    return tenth / (times[-1] - times[-1 - tenth])


def bytes_a_trial(stored: bool) -> Work:
    """Memory that a search of 50 x 10 holds for each further trial, or the bytes that SQLite takes."""

    def on_disk() -> float:
        with tempfile.TemporaryDirectory() as folder:
            sym.search(
                parse(FIFTY), evaluate=free, algorithm=EVOLUTION, trials=STORED, store=Path(folder) / "s.db", listeners=[]
            )
            return sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file()) / STORED

    def in_memory() -> float:
        held: list[int] = []

        def probed(values: Any) -> float:
            count[0] += 1
            if count[0] in (TRIALS // 2, TRIALS):
                held.append(tracemalloc.get_traced_memory()[0])
            return free(values)

        count = [0]
        tracemalloc.start()
        try:
            sym.search(parse(FIFTY), evaluate=probed, algorithm=EVOLUTION, trials=TRIALS, listeners=[])
        finally:
            tracemalloc.stop()
        return (held[1] - held[0]) / (TRIALS - TRIALS // 2)

    return on_disk if stored else in_memory


def command(*arguments: str) -> float:
    """Wall seconds of a Python process that finds its bytecode compiled, as every start but the first does."""
    with tempfile.TemporaryDirectory() as compiled:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = compiled

        def run() -> None:
            line = [sys.executable, *arguments]
            subprocess.run(line, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, env=environment)

        run()
        return min(seconds(run) for _ in range(3))


def checked() -> float:
    return command("-m", "symbolic.cli", "check", "examples/digits.space")


def ours_lowering() -> float:
    space = parse(THOUSAND)
    return seconds(lambda: lower(space)) * 1e3


def import_seconds() -> float:
    return command("-c", "import symbolic") - command("-c", "pass")


class Peer:
    """PyGlove doing the same work; its figures are rates of far fewer rounds, since a round takes it far longer."""

    def __init__(self) -> None:
        import pyglove as pg  # type: ignore[import-not-found, import-untyped, unused-ignore]

        self.pg = pg
        self.fifty = pg.Dict({f"x{i}": pg.oneof([f"o{k}" for k in range(10)]) for i in range(50)})
        self.cell = pg.Dict({f"x{i}": pg.oneof(["none", "skip", "conv1", "conv3", "pool"]) for i in range(6)})

    def codes(self) -> float:
        spec, chance = self.pg.dna_spec(self.fifty), random.Random(0)
        return rate(lambda: [self.pg.random_dna(spec, chance) for _ in range(20)], 20)

    def built(self) -> float:
        spec, chance = self.pg.dna_spec(self.fifty), random.Random(0)
        drawn = [self.pg.random_dna(spec, chance) for _ in range(20)]
        return rate(lambda: [self.pg.materialize(self.fifty, dna) for dna in drawn], 20)

    def loop(self, space: Any, trials: int) -> Work:
        def evolve() -> None:
            algorithm = self.pg.evolution.regularized_evolution(population_size=100, tournament_size=10)
            for values, feedback in self.pg.sample(space, algorithm, num_examples=trials):
                feedback(free(values))

        return lambda: rate(evolve, trials)

    def lowering(self) -> float:
        space = self.pg.Dict({f"x{i}": self.pg.oneof(list(range(10))) for i in range(1000)})
        return seconds(lambda: self.pg.dna_spec(space)) * 1e3


def rows(peer: Peer | None) -> list[Row]:
    """Return all figures asked for."""

    def of(work: Callable[[Peer], Work]) -> Work | None:
        return None if peer is None else work(peer)

    return [
        Row("candidates as codes, 50 x 10", ours_codes, "1/s", 500_000, of(lambda p: p.codes)),
        Row("built objects, 50 x 10", ours_built, "1/s", 5_000, of(lambda p: p.built)),
        Row("mutation in bulk, 50 x 10", ours_mutated, "rows/s", 1_000_000),
        Row("loop, evolution, NAS-Bench-201", ours_loop(CELL, TRIALS), "trials/s", 5_000, of(lambda p: p.loop(p.cell, 150)), 3),
        Row("loop, evolution, 50 x 10", ours_loop(FIFTY, TRIALS), "trials/s", 2_500, of(lambda p: p.loop(p.fifty, 110)), 3),
        Row("the same at trial 100,000", late_loop, "trials/s", 2_500, runs=1),
        Row("loop with SQLite, NAS-Bench-201", ours_loop(CELL, STORED, stored=True), "trials/s", 1_000),
        Row("loop with SQLite, 50 x 10", ours_loop(FIFTY, STORED, stored=True), "trials/s", 1_000),
        Row("memory of a trial, 50 x 10", bytes_a_trial(stored=False), "bytes", 2_000, runs=1, less=True),
        Row("SQLite file, a trial, 50 x 10", bytes_a_trial(stored=True), "bytes", 2_000, runs=1, less=True),
        Row("lowering 1,000 choices", ours_lowering, "ms", 50, of(lambda p: p.lowering), 3, less=True),
        Row("parse and check 10,000 lines", lambda: seconds(lambda: parse(LONG).lower()), "s", 3, less=True),
        Row("import symbolic", lambda: import_seconds() * 1e3, "ms", 150, less=True),
        Row("symspace check examples/digits.space", checked, "s", 0.5, less=True),
    ]


@click.command()
@click.option("--only", default="", help="Only figures whose name contains this text.")
@click.option("--keep", "kept", is_flag=True, help="Write all runs to docs/benchmarks/figures.json.")
def main(only: str, kept: bool) -> None:
    """Measure the figures and print them as a table."""
    peer = Peer() if importlib.util.find_spec("pyglove") else None
    measured = []
    for row in rows(peer):
        if only in row.name:
            measured.append(measure(row))
            print(table(measured[-1:]).splitlines()[-1], flush=True)
    print("\n" + table(measured))
    if kept:
        print(f"written to {keep('figures', measured)}")


if __name__ == "__main__":
    main()
