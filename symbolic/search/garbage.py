"""Checkpoints nobody wants any more."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def present(folder: Path | None) -> bool:
    """Return whether a study's folder holds checkpoints at all."""
    return folder is not None and os.path.isdir(
        f"{folder}/checkpoints"
    )  # asked after every trial: a Path takes ten times longer


def collect(folder: Path | None, wanted: frozenset[int]) -> None:
    """Delete the checkpoints below a study's folder whose trial is not in `wanted`. Deleting never fails a study."""
    if folder is None or not present(folder):
        return
    for path in (folder / "checkpoints").iterdir():
        number = path.name.split(".")[0]
        if number.isdigit() and int(number) not in wanted:
            shutil.rmtree(path, ignore_errors=True)
