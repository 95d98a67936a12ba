"""How the loop and the store hold up in a long study: speed at trial 1,000 and at the end, bytes a trial, reopening.

`python -m benchmarks.loop [--trials 20000] [--where memory|sqlite|URL] [--space cell|fifty]`. One search with regularized
evolution and a free objective; rates by the wall and, since a machine may be busy, by this process's own time.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import attrs
import click
import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own

import symbolic as sym
from benchmarks.figures import CELL, EVOLUTION, FIFTY
from benchmarks.harness import machine, shown
from symbolic.language.load import parse
from symbolic.search.store import store_at
from symbolic.search.study import load_study

SPACES = {"cell": CELL, "fifty": FIFTY}
WINDOW = 1000


@attrs.define
class Clock:
    """The objective of the search: free, but for a look at the clocks."""

    wall: list[float] = attrs.field(factory=list)
    own: list[float] = attrs.field(factory=list)
    held: list[int] = attrs.field(factory=list)

    def __call__(self, values: Any) -> float:
        self.wall.append(time.perf_counter())
        self.own.append(time.process_time())
        if len(self.wall) % WINDOW == 0:
            self.held.append(psutil.Process().memory_info().rss)
        return float(len(values["x0"]))

    def rates(self, end: int) -> tuple[float, float]:
        """Trials per second of the thousand before trial `end`, by the wall and by this process."""
        first = max(0, end - WINDOW)
        wall, own = self.wall[end - 1] - self.wall[first], self.own[end - 1] - self.own[first]
        return (end - 1 - first) / wall, (end - 1 - first) / own


def reopened(store: str, space: sym.Space) -> float:
    """Seconds to read and decode all events of the study, as resuming does."""
    record = load_study(store, "loop").record
    log = store_at(store).open(record.identity, space.lower(), record)
    start = time.perf_counter()
    with log.turn() as turn:
        turn.news(0)
    seconds = time.perf_counter() - start
    log.disconnect()
    return seconds


def report(clock: Clock, where: str) -> None:
    """Print rates and memory."""
    count = len(clock.wall)
    for end in sorted({min(count, 2 * WINDOW), count}):
        wall, own = clock.rates(end)
        print(f"| the {WINDOW:,} trials before trial {end:,} ({where}) | {shown(wall)}/s | {shown(own)}/s |")
    if len(clock.held) > 2:
        grown = (clock.held[-1] - clock.held[1]) / (count - 2 * WINDOW)
        print(f"| memory a trial | {shown(grown)} bytes | |")


@click.command()
@click.option("--trials", default=20_000, show_default=True, type=click.IntRange(2))
@click.option("--where", default="sqlite", show_default=True, help="memory, sqlite, or the URL of an empty database.")
@click.option("--space", "name", default="fifty", show_default=True, type=click.Choice(sorted(SPACES)))
def main(trials: int, where: str, name: str) -> None:
    """Search once and print a table."""
    space, clock = parse(f"space long version 1\n{SPACES[name]}\n"), Clock()
    space.lower()
    print(f"machine: {machine()}\n\n| {name}, {trials:,} trials | by the wall | by this process |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "s.db"
        store = None if where == "memory" else str(file) if where == "sqlite" else where
        sym.search(space, evaluate=clock, algorithm=EVOLUTION, trials=trials, store=store, study="loop", listeners=[])
        report(clock, where.partition(":")[0])
        if store is not None:
            print(f"| reopening {trials:,} trials | {shown(reopened(store, space))} s | |")
        if where == "sqlite":
            size = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file())
            print(f"| file, a trial | {shown(size / trials)} bytes | |")


if __name__ == "__main__":
    main()
