"""Covariances over the candidates of a space: a Hamming kernel over options and sets, a Matern-5/2 kernel over numbers.

A candidate is placed in a Euclidean space, decision by decision: an option on a corner of a simplex, a number on an arc of 60
degrees (Hutter and Osborne 2013, https://arxiv.org/abs/1310.5738), the counts of a set on corners of a cube. An inactive
decision is at the origin and every active one is equally far from it: two inactive ones are equal, an active and an inactive
one a constant apart, and every kernel of distances that is positive definite stays so.
"""

from __future__ import annotations

from functools import cached_property

import attrs
import numpy as np
from numpy.typing import NDArray

from algorithms.bayesian.density import Axes
from symbolic.points import Population
from symbolic.table.encode import ordinal
from symbolic.table.table import BIT, FLOAT, INT, Table

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
ROOT5 = 5.0**0.5
ARC = np.pi / 3
"""The ends of a range are as far from each other as each is from an inactive decision."""


@attrs.frozen(eq=False)
class Coordinates:
    """Where the coordinates of a column are: from `start` to `end`; `scale` so that a decision's largest distance is 1."""

    column: int
    numeric: bool
    counted: bool
    part: int
    start: int
    end: int
    scale: float


@attrs.frozen(slots=False, eq=False)
class Places:
    """The places of a table's candidates. A part is a decision, a set with all its members being one."""

    table: Table

    @cached_property
    def axes(self) -> Axes:
        """The numbers of the table on unit intervals."""
        return Axes(self.table)

    @cached_property
    def columns(self) -> tuple[Coordinates, ...]:
        """One entry a column."""
        found, start = list[Coordinates](), 0
        for part, step in enumerate(self.table.plan.steps):
            for column in step.columns:
                numeric = bool(self.table.kind[column] in (INT, FLOAT)) or ordinal(self.table, column)
                counted = bool(self.table.kind[column] == BIT)
                card = int(self.table.card[column])
                width = 2 if numeric else max(card - 1, 1) if counted else max(card, 1)
                scale = 1.0 if numeric else (width if counted else 2) * len(step.columns)
                found.append(Coordinates(column, numeric, counted, part, start, start + width, scale**-0.5))
                start += width
        return tuple(found)

    @cached_property
    def part(self) -> I64:
        """The part of each coordinate, `[coordinate]`."""
        return np.array([c.part for c in self.columns for _ in range(c.start, c.end)], np.int64)

    @cached_property
    def numeric(self) -> NDArray[np.bool_]:
        """Which parts are numbers, `[part]`."""
        found = np.zeros(self.parts, np.bool_)
        for c in self.columns:
            found[c.part] = c.numeric
        return found

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return len(self.table.plan.steps)

    def of(self, rows: Population) -> F64:
        """Return the places `[row, coordinate]` of candidates."""
        out = np.zeros((len(rows), self.columns[-1].end if self.columns else 0))
        for c in self.columns:
            codes = rows.index[:, c.column]
            active = np.flatnonzero(codes >= 0)
            if c.numeric:
                angle = ARC * self.axes.units(c.column, rows)[active]
                out[active, c.start], out[active, c.start + 1] = np.cos(angle), np.sin(angle)
            elif c.counted:
                reached = codes[active, None] > np.arange(c.end - c.start)
                out[active, c.start : c.end] = np.where(reached, 0.5, -0.5) * c.scale
            else:
                out[active, c.start + codes[active]] = c.scale
        return out


@attrs.frozen(eq=False)
class Kernel:
    """`exp(-h) * matern(r)`: `h` and `r ** 2` are sums of squared distances, weighted part by part; 1 where equal.

    `weights` `[part]`, positive; `noise`: the variance of noise as a share of that of the signal.
    """

    places: Places
    weights: F64
    noise: float

    def between(self, a: F64, b: F64) -> F64:
        """Return the covariances `[row of a, row of b]` of places `[row, coordinate]`, in the precision of the places."""
        scale = np.sqrt(self.weights)[self.places.part].astype(a.dtype)
        numeric = self.places.numeric[self.places.part]
        a, b = a * scale, b * scale
        if not numeric.any():
            return hamming(squared(a, b))
        if numeric.all():
            return matern(squared(a, b))
        return hamming(squared(a[:, ~numeric], b[:, ~numeric])) * matern(squared(a[:, numeric], b[:, numeric]))


def squared(a: F64, b: F64) -> F64:
    """Return squared distances `[row of a, row of b]`, by one matrix product."""
    out: F64 = (-2 * a) @ b.T
    out += (a * a).sum(1)[:, None]
    out += (b * b).sum(1)
    return np.maximum(out, 0, out=out)


def hamming(distance: F64) -> F64:
    """Return `exp(-h)`, in place."""
    return np.exp(np.negative(distance, out=distance), out=distance)


def matern(distance: F64) -> F64:
    """Return the Matern-5/2 covariance at squared distances, in place.

    >>> float(matern(np.zeros(1))[0])
    1.0
    """
    r = np.sqrt(distance)
    r *= ROOT5
    falls = np.exp(-r)
    distance *= 5 / 3
    distance += r
    distance += 1
    distance *= falls
    return distance
