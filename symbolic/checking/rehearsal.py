"""`check --build`: candidates are built by the backend that would train them, where that costs nothing."""

from __future__ import annotations

from typing import Protocol

import attrs
import numpy as np

from symbolic import registry
from symbolic.errors import SpaceError, SymspaceError
from symbolic.points import Point, Population
from symbolic.shapes import ShapeError
from symbolic.space import Space
from symbolic.table.table import BIT, ORDER, Table
from symbolic.task import TaskFacts

SEED = 0


class Rehearsing(Protocol):
    """A backend that can build a network and run it once without computing anything."""

    def rehearse(self, space: Space, point: Point, facts: TaskFacts) -> int:
        """Build a candidate's entries, run its network, and return how many parameters it has. Raises `SymspaceError`."""


@attrs.frozen
class Built:
    """How many candidates were built, and between which numbers their parameters lie."""

    candidates: int
    fewest: int
    most: int

    def __str__(self) -> str:
        return f"{self.candidates:,} candidates, {self.fewest:,} to {self.most:,} parameters"


class NoRehearsalError(SymspaceError):
    """A backend that builds nothing without training it."""


def check_build(space: Space, facts: TaskFacts, backend: str, samples: int) -> Built:
    """Build the default candidate, the smallest and the largest one, and random ones.

    Raises E602 that names the decision values which break a candidate, `NoRehearsalError` for a backend that cannot build
    without training.
    """
    from symbolic.check import raise_first

    kind = registry.get("backends", backend)
    if not hasattr(kind, "rehearse"):
        able = [name for name in registry.entries("backends") if hasattr(registry.get("backends", name), "rehearse")]
        raise NoRehearsalError(f"the backend {backend!r} builds nothing without training it; {', '.join(able)} can")
    made: Rehearsing = kind()
    sizes: list[int] = []

    def error_of(point: Point) -> SpaceError | None:
        try:
            sizes.append(made.rehearse(space, point, facts))
        except SpaceError as error:
            if error.code != "E602":
                raise
            return error
        except SymspaceError as error:
            return ShapeError("E602", str(error))
        return None

    points = [*extremes(space.lower()), *(c.point for c in space.sample(samples, SEED))]
    raise_first(space, points, error_of)
    return Built(len(points), min(sizes), max(sizes))


def extremes(table: Table) -> list[Point]:
    """Return the default candidate, if it is one, and those with the first and the last value everywhere, where valid.

    >>> from symbolic import parse
    >>> [p.index.tolist() for p in extremes(parse("space s\\nx = 1 | 2 | default 3\\ny = 1..x").lower())]
    [[2, 0], [0, 0], [2, 2]]
    """
    from symbolic.search.randomness import rng
    from symbolic.table import close, default_point, sample, satisfies

    try:
        base = [default_point(table)]
    except SpaceError:
        base = []
    first = base[0] if base else sample(table, 1, rng(SEED, 1))[0]
    ends = Population.of([first, first])
    for column in np.flatnonzero((table.kind != BIT) & (table.kind != ORDER) & (table.card > 0)):
        ends.index[:, column] = (0, table.card[column] - 1)
    closed = close(table, ends, rng(SEED, 0))
    valid = satisfies(table, closed)
    found = [*base, *(closed[k] for k in range(2) if valid[k])]
    return [p for k, p in enumerate(found) if not any(np.array_equal(p.index, q.index) for q in found[:k])]
