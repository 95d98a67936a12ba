"""A choice that a network asks while it runs, behind a helper, is refused by the trainer before anything is trained."""

from __future__ import annotations

import torch
from torch import nn

import symbolic as sym


def sneaky() -> nn.Module:
    act = sym.oneof(nn.ReLU, nn.Tanh)
    return act()


class Sneaky(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(64, 10)
        self.width = sym.oneof(1, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = globals()["sneaky"]  # by its name as a text: no look at the code finds it
        out: torch.Tensor = hidden()(self.layer(x.flatten(1)))
        return out


def test_the_trial_fails_with_the_line() -> None:
    study = sym.search(Sneaky, task="digits", algorithm="random", trials=1)
    (trial,) = study.trials
    assert trial.state == "failed" and "E706 'act' is asked while the network runs" in str(trial)
