"""Where checkpoints of trials lie, and how one is replaced so that a kill at any moment leaves a whole one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import attrs

from symbolic.search.events import Trial


@attrs.frozen
class Checkpoints:
    """The checkpoints of a study: `<folder>/checkpoints/<number>/`; `folder` None: nothing is kept."""

    folder: Path | None

    def of(self, number: int) -> Path | None:
        """Return where the checkpoint of a trial lies (or will)."""
        return None if self.folder is None else self.folder / "checkpoints" / str(number)

    def start(self, trial: Trial) -> Path | None:
        """Return the checkpoint a trial starts from: its own, else that of the trial it continues, else None."""
        for number in (trial.number, trial.continue_from):
            path = None if number is None else self.of(number)
            if path is not None and restored(path):
                return path
        return None


def restored(path: Path) -> bool:
    """Return whether a checkpoint is there, after undoing a replacement that was cut between its two renames."""
    old = _beside(path, "old")
    if not path.exists() and old.exists():
        old.rename(path)
    return path.exists()


def replace(path: Path, save: Callable[[Path], None]) -> None:
    """Let `save` write a folder, then put it in the place of the checkpoint at `path`."""
    part, old = _beside(path, "part"), _beside(path, "old")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    save(part)
    shutil.rmtree(old, ignore_errors=True)
    if path.exists():
        path.rename(old)
    part.rename(path)
    shutil.rmtree(old, ignore_errors=True)


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}.{suffix}")
