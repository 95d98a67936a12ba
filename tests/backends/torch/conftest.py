"""Small spaces for the trainer, and a way to run one trial through the serial executor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import symbolic as sym
from backends.executors.serial import Serial
from backends.torch.tasks.digits import Digits, digits
from backends.torch.train import TrainBackend
from symbolic.search.events import Result, Trial

TINY = """space tiny version 1
task digits

model = conv2d(4 | 8 | 4000, stride: 2) >> batch_norm >> relu >> global_avg_pool >> dropout(0.0..0.5) >> linear(classes)

train {
  optimizer: sgd(momentum: 0.5..0.99) | adamw(weight_decay: 1e-6..1e-2 log)
  lr: 1e-4..1e-1 log
  batch_size: 64 | 128
  epochs: fidelity 1..9
}

maximize accuracy
require params(model) <= 10k
"""
VALUES = {
    "model/conv2d/width": 8,
    "model/dropout/rate": 0.25,
    "train/optimizer": "adamw",
    "train/optimizer/adamw/weight_decay": 1e-4,
    "train/lr": 0.01,
    "train/batch_size": 64,
}


@pytest.fixture
def tiny() -> sym.Space:
    return sym.parse(TINY)


@pytest.fixture
def values() -> dict[str, Any]:
    return dict(VALUES)


@pytest.fixture
def run() -> Iterator[Callable[..., Result]]:
    """Run one trial of a space to its end; `reports` collects the reports, `verdict` answers them."""
    sessions = []

    def run_one(
        space: sym.Space,
        values: Mapping[str, Any],
        *,
        number: int = 0,
        folder: Path | None = None,
        backend: TrainBackend | None = None,
        task: Digits | None = None,
        reports: list[Result] | None = None,
        verdict: Callable[[Result], str] = lambda report: "go",
        roots: Mapping[int, int] | None = None,
        **fields: Any,
    ) -> Result:
        def on_report(report: Result) -> Any:
            if reports is not None:
                reports.append(report)
            return verdict(report)

        session = Serial().open(backend or TrainBackend(), space, task or digits(), 3, folder)
        sessions.append(session)
        session.submit([Trial(number, space.candidate(values).point, **fields)], roots)
        (result,) = session.collect(on_report, None)
        return result

    yield run_one
    for session in sessions:
        session.close()
