"""Your own training loop under a search: the space says what may vary, the loop stays as you wrote it.

    python examples/own_training_loop.py [TRIALS]

Worth a look: a dict is a space (a class that asks for choices beside ranges and options); what it builds is a dict again; the
loop reports as it goes and asks whether to stop; trial 0 is what the defaults give, so that there is something to beat.
"""

import itertools
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional

import symbolic as sym
from backends.function import Handle

EPOCHS = 6
images, labels = load_digits(return_X_y=True)
X, Y = torch.tensor(images / 16.0, dtype=torch.float32), torch.tensor(labels)
TRAIN, VALIDATION = slice(0, 1200), slice(1200, None)


@sym.searchable
class Net(nn.Sequential):
    """A multilayer perceptron. Outside a search `Net()` is plain PyTorch with a width of 32 and one hidden layer."""

    def __init__(self, width: Annotated[int, sym.Range(16, 128, log=True)] = 32, depth: Annotated[int, sym.Range(1, 3)] = 1):
        act = sym.oneof(nn.ReLU, nn.GELU, nn.Tanh, name="act")
        sizes = [64] + [width] * depth
        hidden = [part for a, b in itertools.pairwise(sizes) for part in (nn.Linear(a, b), act())]
        super().__init__(*hidden, nn.Linear(width, 10))


SPACE = {
    "model": Net,
    "lr": sym.Range(1e-3, 1e-1, log=True, default=3e-3),
    "optimizer": sym.OneOf(torch.optim.Adam, torch.optim.RMSprop),
    "batch": sym.OneOf(32, 64, 128),
}


def train(built: Mapping[str, Any], trial: Handle) -> float:
    """Train what a candidate built and return its accuracy on data it has not seen; everything here is yours."""
    net, batch = built["model"], built["batch"]
    optimizer = built["optimizer"](net.parameters(), lr=built["lr"])
    accuracy = 0.0
    for epoch in range(1, EPOCHS + 1):
        for rows in torch.randperm(1200).split(batch):  # equal in every run: the trial's seed is set
            optimizer.zero_grad()
            functional.cross_entropy(net(X[TRAIN][rows]), Y[TRAIN][rows]).backward()
            optimizer.step()
        with torch.no_grad():
            accuracy = float((net(X[VALIDATION]).argmax(1) == Y[VALIDATION]).float().mean())
        trial.report(accuracy, epoch)
        if trial.should_stop():  # an algorithm that watches the curves may have seen enough
            break
    return accuracy


def main(trials: int = 20) -> None:
    """Search, and show what was found."""
    study = sym.search(SPACE, evaluate=train, trials=trials, seed=1)
    print(study.frame())
    print(f"\nthe defaults (trial 0): accuracy {study.trials[0].value:.3f}; the best (trial {study.best.number}):")
    print(study.best.candidate)
    curve = study.reports[study.best.number]
    print("its curve:", " ".join(f"{r.metrics['value']:.3f}" for r in curve))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
