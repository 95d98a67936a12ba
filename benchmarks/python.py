"""Annotated Python: tracing a program of 1,000 decisions, building a candidate of it, and what a choice costs outside a search.

`python -m benchmarks.python [--keep]`. `--keep` writes all runs to `docs/benchmarks/python.json`.
"""

from __future__ import annotations

import timeit

import click

import symbolic as sym
from benchmarks.harness import Row, keep, measure, seconds, table

DECISIONS = 1_000


class Part:
    """Two decisions, one of them read by the program."""

    def __init__(self) -> None:
        self.kernel = sym.oneof(3, 5, 7, name="kernel")
        self.padding = self.kernel // 2
        self.act = sym.oneof("relu", "gelu", "silu", name="act")


@sym.searchable
class Program:
    """Five hundred parts, one after the other."""

    def __init__(self) -> None:
        self.parts = sym.repeat(lambda i: Part(), DECISIONS // 2, name="parts")


def traced() -> float:
    return seconds(lambda: sym.space(Program)) * 1e3


def built() -> float:
    candidate = sym.space(Program).sample(1, seed=0)[0]
    candidate.build()
    return seconds(candidate.build) * 1e3


def asked() -> float:
    """Nanoseconds of one choice outside a search."""
    count = 20_000
    return timeit.timeit(lambda: sym.oneof(3, 5, name="kernel"), number=count) / count * 1e9


ROWS = [
    Row("trace 1,000 decisions", traced, "ms", 233, less=True),
    Row("build a candidate of 1,000 decisions", built, "ms", 17, less=True),
    Row("a choice outside a search", asked, "ns", 375, less=True),
]


@click.command()
@click.option("--keep", "kept", is_flag=True, help="Write all runs to docs/benchmarks/python.json.")
def main(kept: bool) -> None:
    """Measure and print a table; what is asked are the figures of the prototype."""
    measured = [measure(row) for row in ROWS]
    print(table(measured))
    if kept:
        print(f"written to {keep('python', measured)}")


if __name__ == "__main__":
    main()
