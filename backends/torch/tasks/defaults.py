"""What tasks say alike: the metrics they report and the default of every key of the `train` record. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_COSTS = {"params": False, "flops": False, "latency_ms": False}
CLASSIFICATION: Mapping[str, bool] = {"accuracy": True, "loss": False, **_COSTS}
REGRESSION: Mapping[str, bool] = {"r2": True, "loss": False, "mse": False, **_COSTS}
"""Metric -> whether larger is better; the first is the objective where a space states none."""
TRAIN: Mapping[str, Any] = {
    "optimizer": "adamw",
    "lr": 1e-2,
    "weight_decay": 1e-4,
    "momentum": 0.9,
    "batch_size": 64,
    "epochs": 9,
    "schedule": "cosine",
    "warmup": 0,
    "label_smoothing": 0.0,
    "clip": None,
    "ema": None,
    "drop_path": 0.0,
    "augment": None,
    "data": 1.0,
    "size": None,
}


def train(*, lr: float = 1e-2, batch_size: int = 64, epochs: int = 9) -> Mapping[str, Any]:
    """Return the defaults of a `train` record with what differs most between tasks."""
    return {**TRAIN, "lr": lr, "batch_size": batch_size, "epochs": epochs}
