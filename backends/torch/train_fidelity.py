"""What a trial's fidelity means to the trainer: epochs, a share of the data, the size of images, or any other value."""

from __future__ import annotations

import attrs

from backends.errors import TrainError
from backends.torch.record import ENTRY
from symbolic.search.events import Trial
from symbolic.space import Space
from symbolic.table.table import Fidelity

EPOCHS = f"{ENTRY}/epochs"
STAGED = (f"{ENTRY}/data", f"{ENTRY}/size")
"""Fidelities at which a training has stages: each trains all its epochs, with the weights of the one before."""


@attrs.frozen
class Driven:
    """The fidelity of a space that trials follow; the others stay at their high end. `several`: it has more than one."""

    fidelity: Fidelity | None
    several: tuple[str, ...] = ()

    @staticmethod
    def of(space: Space, path: str | None) -> Driven:
        """Return the one at `path`, or the only one. Raises `TrainError` where there is none of that path."""
        found = space.lower().fidelities
        paths = tuple(f.path for f in found)
        if path is not None and path not in paths:
            raise TrainError(f"the space {space.name!r} has no fidelity {path!r}; it has {', '.join(paths) or 'none'}")
        if path is not None or len(found) == 1:
            return Driven(next(f for f in found if path in (None, f.path)))
        return Driven(None, paths)

    @property
    def epochs(self) -> bool:
        """Whether it counts epochs."""
        return self.fidelity is not None and self.fidelity.path == EPOCHS

    @property
    def staged(self) -> bool:
        """Whether a training along it has stages."""
        return self.fidelity is not None and self.fidelity.path in STAGED

    @property
    def by_epoch(self) -> bool:
        """Whether a trial reports after each epoch."""
        return self.fidelity is None or self.epochs

    @property
    def continues(self) -> bool:
        """Whether a trial can go on from a checkpoint at a lower fidelity."""
        return self.by_epoch or self.staged

    def at(self, trial: Trial) -> float | None:
        """Return where a trial stands along it; None: there is none."""
        if self.fidelity is None:
            return None
        return float(self.fidelity.high if trial.fidelity is None else trial.fidelity)

    def values(self, trial: Trial) -> dict[str, float]:
        """Return the value by path for building a trial's candidate."""
        if trial.fidelity is None:
            return {}
        if self.several:
            shown = ", ".join(self.several)
            raise TrainError(f'the space has several fidelities ({shown}); say which one trials follow: fidelity: "train/data"')
        if self.fidelity is None:
            return {}
        return {self.fidelity.path: round(trial.fidelity) if self.fidelity.integer else trial.fidelity}
