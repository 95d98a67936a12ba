"""Points of a space as algorithms see them: rows of codes, and mixtures between them."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Reals = NDArray[np.float64]


@attrs.frozen(eq=False)
class Schedule:
    """A value that changes over a training: `values[k]` holds from `progress[k]` (in [0, 1], rising) on."""

    progress: tuple[float, ...]
    values: tuple[float, ...]


@attrs.frozen(eq=False)
class Point:
    """One candidate as codes.

    `index` int32 `[column]`: the code, -1 where inactive, 0 at an active float. `real` float64 `[float column]`: the value,
    0.0 where inactive; never -0.0 or NaN. `key` is its identity.
    """

    index: Codes
    real: Reals
    schedules: Mapping[str, Schedule] = attrs.field(factory=dict)

    @property
    def key(self) -> bytes:
        """Bytes that are equal exactly for equal points."""
        extra = repr(sorted((p, s.progress, s.values) for p, s in self.schedules.items())) if self.schedules else ""
        return self.index.tobytes() + self.real.tobytes() + extra.encode()


@attrs.frozen(eq=False)
class Mixture:
    """A relaxed point: one weight per option of the flat option axis (`Table.options`).

    `weights` float64 `[option]` or `[draw, option]`. Each decision's segment is >= 0 and sums to 1 (a subset member's
    segment is its out/in pair). Exact zeros are not computed; exactly 1 is computed without scaling.
    """

    weights: Reals

    @property
    def key(self) -> bytes:
        """Bytes that are equal exactly for equal mixtures."""
        return self.weights.tobytes()


@attrs.frozen(eq=False)
class Population:
    """Many points: `index` int32 `[row, column]` in C order, `real` float64 `[row, float column]`."""

    index: Codes
    real: Reals

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, row: int) -> Point:
        return Point(self.index[row].copy(), self.real[row].copy())

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> Population:
        """Return the rows at the given positions (or where a mask is true)."""
        return Population(self.index[rows], self.real[rows])

    @staticmethod
    def of(points: list[Point] | tuple[Point, ...]) -> Population:
        """Stack points (at least one) into a population."""
        return Population(np.stack([p.index for p in points]), np.stack([p.real for p in points]))
