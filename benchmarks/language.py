"""The language: reading dense files, lowering, tables of rows, the decision diagram, and how fast hostile files are refused.

`python -m benchmarks.language [--keep]`. `--keep` writes all runs to `docs/benchmarks/language.json`.
"""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np

from benchmarks.harness import Row, Work, keep, measure, seconds, table
from symbolic.errors import SpaceError
from symbolic.language.load import parse
from symbolic.table import mutate, sample

ROOT = Path(__file__).parents[1]
THOUSAND = "\n".join(f"x{i} = " + " | ".join(f'"o{k}"' for k in range(10)) for i in range(1000))
FIGURES = {
    "twelve ordered widths of 1..64": "\n".join(
        [f"w{i} = 1..64" for i in range(12)] + [f"require w{i} <= w{i + 1}" for i in range(11)]
    ),
    "eight ordered widths of 6..512": "\n".join(
        [f"w{i} = 6..512" for i in range(8)] + [f"require w{i} <= w{i + 1}" for i in range(7)]
    ),
    "ten of 0..10 with sum at most 10": "x = repeat 10 { 0..10 }\nrequire sum(x[*]) <= 10",
}
HOSTILE = {
    "nested repeats": "x = repeat 1..300 { repeat 1..300 { relu | gelu } }",
    "a long repeat": "x = repeat 1..100000 { relu | gelu }",
    "a deep rule": "rule t depth 30 = relu | pair(t, t)\nblock pair(a: module, b: module) = a >> b\nx = t",
    "many brackets": "x = " + "(" * 50_000,
}
LINES = (
    "a{i} = unit({w} | {v}, k: 3 | 5) >> relu",
    "b{i} {{ lr: 1e-4..1e-1 log prior 3e-3, wd: 0.0 | 1e-5 | 1e-4, n: 1..9 }}",
    "c{i} = repeat 1..3 as layer[i] {{ linear(16..64 step 16) >> relu }}",
    'd{i} = subset 1..2 of {{ "x", "y", "z" }}',
    "e{i} = (1 | 2 | 3) * 4 + 1",
    "f{i} = 4..64 times 2",
    "g{i} = default 3 | 5 @ 2 | 7",
    "h{i} = relu | gelu | tanh | silu",
    "i{i} = 0.0..1.0 when h{i} is relu",
    "forbid g{i} == 5 and h{i} is gelu or f{i} > 16",
)


def dense(count: int) -> str:
    """Return a file of many unlike lines, all of them meant."""
    head = ["shared act = relu | gelu", "block unit(w: int, k: int = 3) = conv2d(w, kernel: k) >> batch_norm >> act"]
    lines = itertools.chain.from_iterable(
        (line.format(i=i, w=8 * (1 + i % 5), v=48 + 16 * (i % 7)) for line in LINES) for i in range(count // len(LINES))
    )
    return "\n".join([*head, *lines]) + "\n"


def lowering(text: str, factor: float = 1.0) -> Work:
    def run() -> float:
        return seconds(parse(text).lower) * factor

    return run


def rows_of_a_table() -> float:
    """Lower a table of 5,000 rows over 24 decisions, count it, draw from it and move in it."""
    chance = random.Random(0)
    names = [f"d{i}" for i in range(24)]
    rows = {tuple(chance.randint(0, 9) for _ in names) for _ in range(5_000)}
    text = "".join(f"{n} = 0..9\n" for n in names) + f'require ({", ".join(names)}) in "rows.csv"\n'
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "rows.csv").write_text("\n".join(",".join(map(str, r)) for r in [names, *sorted(rows)]))

        def work() -> None:
            space = parse(text, folder=Path(folder))
            assert space.size().value == len(rows)

        return seconds(work)


def thousand_samples(text: str, change: bool = False) -> Work:
    def run() -> float:
        space = parse(text)

        def work() -> None:
            drawn = sample(space.lower(), 1_000, np.random.default_rng(0), how="uniform")
            if change:
                mutate(space.lower(), drawn, np.random.default_rng(1))

        return seconds(work)

    return run


def refused(text: str) -> Work:
    def work() -> None:
        try:
            parse(text).size()
        except SpaceError:
            return
        raise AssertionError("not refused")

    return lambda: seconds(work)


def command(*arguments: str) -> Callable[[], float]:
    """A command in a process of its own, its modules compiled before."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return lambda: seconds(
        lambda: subprocess.run(
            [sys.executable, "-m", "symbolic.cli", *arguments], check=True, capture_output=True, env=environment
        )
    )


def rows() -> list[Row]:
    """Return all figures."""
    text, parsed = dense(10_000), parse(dense(10_000))
    found = [
        Row("read a dense file of 10,000 lines", lambda: seconds(lambda: parse(text)), "s", 3, less=True),
        Row("lower it: 17,000 columns", lowering(text), "s", 3, less=True),
        Row("print it", lambda: seconds(parsed.text), "s", 3, less=True),
        Row("lower 1,000 choices of 10", lowering(THOUSAND, 1e3), "ms", 50, less=True),
        Row("5,000 rows over 24 decisions, read and counted", rows_of_a_table, "s", 1, less=True),
        Row("symspace check examples/digits.space", command("check", str(ROOT / "examples/digits.space")), "s", 0.5, less=True),
    ]
    found += [Row(f"1,000 samples: {name}", thousand_samples(text), "s", 1, less=True) for name, text in FIGURES.items()]
    return found + [Row(f"refused: {name}", refused(text), "s", 1, less=True) for name, text in HOSTILE.items()]


@click.command()
@click.option("--keep", "kept", is_flag=True, help="Write all runs to docs/benchmarks/language.json.")
def main(kept: bool) -> None:
    """Measure the language and print a table."""
    measured = [measure(row) for row in rows()]
    print(table(measured))
    if kept:
        print(f"written to {keep('language', measured)}")


if __name__ == "__main__":
    main()
