"""Studies to plot: one objective, and two with a limit; decisions of every kind, reports on the way."""

import math

import pytest

import symbolic as sym

TEXT = """space plots
x = 0.0..1.0
op = "sgd" | "adam" | "rms$_{prop}$"
k = 1..9 when op is "adam"
lr = 1e-5..1.0 log
pick = subset 0..2 of { "a", "b", "c" }
epochs = fidelity 1..4
"""


def measured(values, trial):
    """Depends on x most, then on lr, not on pick."""
    loss = 3 * (values["x"] - 0.3) ** 2 + 0.1 * abs(math.log10(values["lr"]) + 2)
    cost = 10 * values["x"] + values.get("k", 3)
    for epoch in range(1, 5):
        trial.report({"loss": loss + 1 / epoch, "cost": cost}, epoch)
    return {"loss": loss, "cost": cost}


@pytest.fixture(scope="session")
def one():
    """A study with one objective."""
    return sym.search(sym.parse(TEXT + "minimize loss"), evaluate=measured, trials=40, algorithm="random", listeners=[])


@pytest.fixture(scope="session")
def two():
    """A study with two objectives and a limit."""
    space = sym.parse(TEXT + "minimize loss\nmaximize cost\nrequire cost <= 12")
    return sym.search(space, evaluate=measured, trials=40, algorithm="random", listeners=[])


@pytest.fixture(scope="session")
def empty():
    """A study all of whose trials lie beyond a limit, without reports."""
    space = sym.parse("space s\nx = 1..9\nminimize loss\nrequire loss <= 0")
    return sym.search(space, evaluate=lambda v: {"loss": v["x"]}, trials=4, algorithm="random", listeners=[])
