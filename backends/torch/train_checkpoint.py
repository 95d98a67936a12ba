"""Checkpoints of trainings: weights and optimizer as tensors, and a manifest that says whose they are. No pickle."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import torch

from backends.errors import ShapeError, TrainError
from backends.torch.training import Training

STATE, MANIFEST = "state.pt", "manifest.json"


@attrs.frozen
class Manifest:
    """Whose checkpoint it is and how far: values by path (without those that may change in a training), epochs, seed.

    `at`: the share of the data or size of the images that the last of these epochs were trained at, where that is the
    fidelity; they began after `begun` epochs.
    """

    candidate: Mapping[str, Any]
    epoch: int
    seed: int
    begun: int = 0
    at: float | None = None
    versions: Mapping[str, str] = attrs.field(
        factory=lambda: {"torch": str(torch.__version__), "python": platform.python_version()}
    )


def save(folder: Path, training: Training, manifest: Manifest) -> None:
    """Write a checkpoint into an empty folder. `network` holds the weights that are measured."""
    state = {"network": training.measured.state_dict(), "optimizer": training.optimizer.state_dict()}
    if training.average is not None:
        state |= {"trained": training.network.state_dict(), "average": training.average.state_dict()}
    torch.save(state, folder / STATE)
    (folder / MANIFEST).write_text(json.dumps(attrs.asdict(manifest), ensure_ascii=False, sort_keys=True), encoding="utf-8")


def load(folder: Path, training: Training, candidate: Mapping[str, Any]) -> Manifest:
    """Read a checkpoint into a training and return how far it is.

    Raises `ShapeError` if it is another candidate's, `TrainError` if it cannot be read.
    """
    device = next((p.device for p in training.network.parameters()), torch.device("cpu"))
    known = {f.name for f in attrs.fields(Manifest)}
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest = Manifest(**{key: value for key, value in told.items() if key in known})
        state = torch.load(folder / STATE, map_location=device, weights_only=True)
    except Exception as e:
        raise TrainError(f"the checkpoint {folder} cannot be read ({e}); delete the folder to train from the start") from e
    there, here = manifest.candidate, json.loads(json.dumps(dict(candidate)))
    if there != here:
        differing = [path for path in {**there, **here} if there.get(path) != here.get(path)]
        raise ShapeError(f"the checkpoint {folder} is another candidate's: they differ at {', '.join(differing)}")
    training.network.load_state_dict(state.get("trained", state["network"]))
    if training.average is not None and "average" in state:  # without: it begins with the next step
        training.average.load_state_dict(state["average"])
    training.optimizer.load_state_dict(state["optimizer"])
    return manifest
