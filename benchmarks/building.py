"""Building: how many candidates a second become values, functions, objects, layers and whole networks.

`python -m benchmarks.building [--keep]`. `--keep` writes all runs to `docs/benchmarks/building.json`.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import torch

from benchmarks.harness import Row, Work, keep, measure, rate, table
from symbolic import load, parse
from symbolic.candidate import Candidate
from symbolic.points import Population
from symbolic.shapes import features, image
from symbolic.space import Space
from symbolic.table import sample
from symbolic.task import TaskFacts

EXAMPLES = Path(__file__).parents[1] / "examples"
VECTOR = TaskFacts("vector", features(8), {})
CIFAR = TaskFacts("cifar", image(3, 32, 32), {"classes": 10})
FUNCTIONS = ("relu", "sin", "cos", "tanh", "exp", "sigmoid", "abs", "sqrt", "neg", "floor")
CLASSES = ("ReLU", "GELU", "SiLU", "Tanh", "ELU", "Sigmoid", "Mish", "SELU", "ReLU6", "Hardswish")
LAYERS = ("relu", "gelu", "silu", "tanh", "elu", "sigmoid", "mish", "selu", "relu6", "hardswish")


def fifty(options: list[str]) -> Space:
    """Return a space of fifty entries, each one of ten."""
    return parse("space fifty\n" + "\n".join(f"x{k} = {' | '.join(options)}" for k in range(50)))


def built(space: Space, count: int, facts: TaskFacts | None = None, device: str = "cpu") -> Work:
    """Return the work of building so many candidates, drawn beforehand."""

    def build(rows: Population) -> None:
        for k in range(count):
            Candidate(space, rows[k]).build(facts)

    def run() -> float:
        rows = sample(space.lower(), count, np.random.default_rng(0))
        with torch.device(device):
            return rate(lambda: build(rows), count)

    run()
    return run


def rows() -> list[Row]:
    """Return all figures; `asked` is 0 where nothing was asked."""
    layers = parse("space layers\nmodel = " + " >> ".join([f"({' | '.join(LAYERS)})"] * 50))
    digits, cell = load(str(EXAMPLES / "digits.space")), load(str(EXAMPLES / "spaces" / "nb201.space"))
    return [
        Row("texts, 50 x 10", built(fifty([f'"o{k}"' for k in range(10)]), 2000), "1/s", 5_000),
        Row("functions, 50 x 10", built(fifty([f"torch::{name}" for name in FUNCTIONS]), 1000), "1/s", 5_000),
        Row("objects of torch, 50 x 10", built(fifty([f"torch.nn::{name}()" for name in CLASSES]), 200), "1/s", 0),
        Row("networks of 50 layers", built(layers, 50, VECTOR), "1/s", 0),
        Row("digits.space with its record", built(digits, 100), "1/s", 0),
        Row("NAS-Bench-201, meta device", built(cell, 20, CIFAR, "meta"), "1/s", 0),
    ]


@click.command()
@click.option("--keep", "kept", is_flag=True, help="Write all runs to docs/benchmarks/building.json.")
def main(kept: bool) -> None:
    """Measure and print a table."""
    measured = [measure(row) for row in rows()]
    print(table(measured))
    if kept:
        print(f"written to {keep('building', measured)}")


if __name__ == "__main__":
    main()
