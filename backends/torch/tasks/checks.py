"""What is checked of a user's data before anything is trained on them. Imports no torch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends.errors import BackendError

CHECKED_AT_ONCE = 4096


def finite(who: str, what: str, values: NDArray[Any]) -> None:
    """Raise `BackendError` where an array of floats `[example, ...]` holds NaN or infinity, with the first such example."""
    if values.dtype.kind != "f":
        return
    wrong: list[int] = []
    for start in range(0, len(values), CHECKED_AT_ONCE):
        block = values[start : start + CHECKED_AT_ONCE]
        if not np.isfinite(block.sum(dtype=np.float64)):
            fits = np.isfinite(block.reshape(len(block), -1)).all(1)
            wrong += (start + np.flatnonzero(~fits)).tolist()
    if wrong:
        raise BackendError(
            f"{who}: {what} holds NaN or infinity in {len(wrong)} of {len(values)} examples, the first is {wrong[0]}; "
            f"fill what is missing, or leave these examples out"
        )


def class_numbers(who: str, what: str, targets: NDArray[Any], classes: int | None = None) -> int:
    """Return how many classes there are, `classes` where that is given.

    Raises `BackendError` unless the numbers `[example]` are from 0 to one less; where `classes` is left out, for a class
    without an example too: it is mostly a numbering that does not begin at 0.
    """
    low, high = int(targets.min()), int(targets.max())
    if low < 0:
        raise BackendError(f"{who}: {what} holds the class number {low}; classes are numbered from 0")
    if classes is not None:
        if high >= classes:
            raise BackendError(
                f"{who}: {what} holds the class number {high}, and there are {classes} classes: 0 to {classes - 1}"
            )
        return classes
    if high == 0:
        raise BackendError(f"{who}: {what} is class 0 in every example; there is nothing to tell apart")
    empty = np.flatnonzero(np.bincount(targets.astype(np.int64)) == 0)
    if len(empty):
        shown = ", ".join(map(str, empty[:5])) + (" ..." if len(empty) > 5 else "")
        raise BackendError(
            f"{who}: {what} has class numbers up to {high}, and no example of class {shown}; number the classes from 0 on"
        )
    return high + 1
