"""Searches and samples that print what they found: run by a test in several processes, which must agree."""

from __future__ import annotations

import json
import random
import sys
from typing import Any

import numpy as np
import torch
from torch import nn

import symbolic as sym


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        width = sym.integer(2, 8)
        act = sym.oneof(nn.ReLU, nn.GELU)
        self.body = nn.Sequential(*sym.repeat(lambda i: nn.Linear(width, width), 1, 3, name="body"), act())
        self.extra = sym.subset(["a", "b", "c"], (1, 2))


def weights(built: Any) -> float:
    """Return a number that depends on the initial weights, and so on the seed of the trial."""
    return sum(p.detach().double().abs().sum().item() for p in built["model"].parameters()) * float(built["lr"])


def results() -> list[Any]:
    """Return everything that a seed decides: samples, searches, the weights of what was built."""
    space = sym.space({"model": Net, "lr": sym.Range(1e-3, 1.0, log=True)})
    found: list[Any] = [c.to_dict() for c in space.sample(5, seed=3)]
    for algorithm in ("random", "regularized_evolution(population: 4, tournament: 2)"):
        study = sym.search(space, evaluate=weights, algorithm=algorithm, trials=12, seed=5, listeners=[])
        found += [(t.number, t.candidate.to_dict(), t.candidate.hash, t.value) for t in study.trials]
    return found


if __name__ == "__main__":
    noise = int(sys.argv[1])
    random.seed(noise)
    np.random.seed(noise)
    torch.manual_seed(noise)
    torch.rand(noise + 1)
    sys.stdout.write(json.dumps(results()) + "\n")
