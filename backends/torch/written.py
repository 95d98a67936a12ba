"""A candidate's network as a file: for other programs (`.pt2`, `.onnx`) or as source (`.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from backends.errors import TrainError
from backends.torch.emit.candidate import example, facts_of, source
from backends.torch.export import FORMATS, check_format, export
from backends.torch.train_checkpoint import STATE
from backends.torch.train_network import construct
from symbolic.candidate import Candidate
from symbolic.errors import nearest
from symbolic.task import TaskFacts

SOURCE = "py"


def write(candidate: Candidate, facts: TaskFacts | None, path: Path, checkpoint: Path | None, batch: int | None = None) -> bool:
    """Write a candidate's network to a file whose ending says how; return whether it has the checkpoint's weights.

    `batch`: how many examples a `.pt2` or `.onnx` takes at a time, None for any number. A source has no weights. Raises
    `TrainError` for an unknown ending, where packages are missing, the checkpoint is of another network, or the network
    cannot be exported; `CannotEmit` where it cannot be written as source.
    """
    ending = check_ending(path)
    facts = facts_of(candidate.space, facts)
    if ending == SOURCE:
        _put(path, source(candidate, facts))
        return False
    format = next(known for known in FORMATS if known == ending)
    check_format(format)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = construct(candidate.space, candidate.point, facts, {}).network
        inputs = example(facts)
    trained = checkpoint is not None and (checkpoint / STATE).is_file()
    if checkpoint is not None and trained:
        _load(network, checkpoint)
    export(network, facts.input, path, format, batch=batch, example=inputs)
    return trained


def check_ending(path: Path) -> str:
    """Return the ending of a file, without its dot. Raises `TrainError` where nothing is written by it."""
    known, ending = (*FORMATS, SOURCE), path.suffix.removeprefix(".")
    if ending not in known:
        hint = nearest(ending, known) or f"known: {', '.join(f'.{k}' for k in known)}"
        raise TrainError(f"the ending of {path.name!r} says nothing that can be written; {hint}")
    if not path.parent.is_dir():
        raise TrainError(f"{path} cannot be written: there is no folder {path.parent}")
    return ending


def _put(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as e:
        raise TrainError(f"{path} cannot be written: {e.strerror or e}") from e


def _load(network: nn.Module, checkpoint: Path) -> None:
    try:
        state: Mapping[str, Any] = torch.load(checkpoint / STATE, map_location="cpu", weights_only=True)
        network.load_state_dict(state["network"])
    except Exception as e:
        raise TrainError(f"the weights in {checkpoint} are not of this network, or cannot be read: {e}") from e
