"""Densities over the candidates of a space, as mixtures of one kernel per observation: what TPE compares.

A kernel is a product over decisions: a truncated normal on the unit scale of a number, a categorical that favours the observed
option for everything else. A decision that is inactive in an observation says nothing: its factor there is the prior. One that
is inactive in a candidate has no factor. The logarithm of a kernel is linear in features of the candidate that do not depend on
the observations, so that all kernels at all candidates are one matrix product.
"""

from __future__ import annotations

from functools import cached_property

import attrs
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr  # type: ignore[import-untyped]  # ships no stubs

from symbolic.points import Population
from symbolic.table.encode import ordinal, unit_values
from symbolic.table.priors import Reals, discrete_prior, real_prior
from symbolic.table.table import FLOAT, INT, ONE, Table

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]


@attrs.frozen(eq=False)
class Axis:
    """One column as a density sees it: a number on the unit interval, or codes.

    `log_prior`: of a number the log density in equal cells of the unit interval (one cell: uniform), of codes the log
    probability of each.
    """

    column: int
    numeric: bool
    log_prior: F64
    start: int

    @property
    def width(self) -> int:
        """How many features the column has."""
        return 4 if self.numeric else len(self.log_prior)

    def prior_at(self, x: F64) -> F64:
        """Return the log prior density of numbers on the unit interval."""
        cells = len(self.log_prior)
        return np.asarray(self.log_prior[np.minimum((x * cells).astype(np.int64), cells - 1)], np.float64)


@attrs.frozen(slots=False, eq=False)
class Axes:
    """The columns of a table as axes of densities."""

    table: Table

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """One axis a column."""
        found, start = list[Axis](), 0
        for column in range(len(self.table)):
            found.append(_axis(self.table, column, start))
            start += found[-1].width
        return tuple(found)

    @property
    def width(self) -> int:
        """How many features a candidate has."""
        return self.axes[-1].start + self.axes[-1].width if self.axes else 0

    def units(self, column: int, rows: Population) -> F64:
        """Return the place `[row]` of a numeric column on its unit interval; what it is where inactive means nothing."""
        if self.table.kind[column] == ONE:
            return np.asarray(rows.index[:, column] / (int(self.table.card[column]) - 1), np.float64)
        if self.table.kind[column] == FLOAT:
            held = np.where(rows.index[:, column] >= 0, rows.real[:, self.table.float_column[column]], self.table.low[column])
            real = rows.real.copy()
            real[:, self.table.float_column[column]] = held
            return unit_values(self.table, column, Population(rows.index, real))
        index = np.maximum(rows.index, 0)
        return unit_values(self.table, column, Population(index, rows.real))

    def features(self, rows: Population) -> F64:
        """Return features `[row, feature]`: of a number 1, x, x^2 and its log prior; of codes one-hot; zeros where inactive."""
        out = np.zeros((len(rows), self.width))
        for axis in self.axes:
            codes = rows.index[:, axis.column]
            active = np.flatnonzero(codes >= 0)
            if not axis.numeric:
                out[active, axis.start + codes[active]] = 1.0
                continue
            x = self.units(axis.column, rows)[active]
            out[active, axis.start] = 1.0
            out[active, axis.start + 1] = x
            out[active, axis.start + 2] = x * x
            out[active, axis.start + 3] = axis.prior_at(x)
        return out


@attrs.frozen(eq=False)
class Density:
    """A mixture over observed rows and, as one more part, the prior.

    `weights` float64 `[feature, part]` hold the log kernels; `widths` `[column]` the standard deviations of numbers, `keep`
    `[column]` the probability of a categorical kernel to keep the observed option before the prior is asked.
    """

    axes: Axes
    rows: Population
    weights: F64
    widths: F64
    keep: F64

    def log(self, features: F64) -> F64:
        """Return the log density `[row]` at candidates given by their features."""
        parts = features @ self.weights
        largest = parts.max(1)
        np.subtract(parts, largest[:, None], out=parts)
        np.exp(parts, out=parts)
        return np.asarray(largest + np.log(parts.mean(1)), np.float64)

    @property
    def parts(self) -> int:
        """How many parts the mixture has, the prior included."""
        return int(self.weights.shape[1])


def density(axes: Axes, rows: Population, *, spread: float, prior_weight: float) -> Density:
    """Return the density of observed rows `[row]`.

    Numbers: standard deviation `spread * n ** (-1 / (d + 4))` (Scott's rule, `d` decisions), at least a hundredth of the range
    and half a cell of a grid. Categories: the observed option has one count, `prior_weight / n` counts are spread as the prior.
    """
    n, d = max(len(rows), 1), max(len(axes.axes), 1)
    widths, keep = np.zeros(len(axes.axes)), np.zeros(len(axes.axes))
    weights = np.zeros((axes.width, len(rows) + 1))
    for axis in axes.axes:
        codes = rows.index[:, axis.column]
        silent = np.append(codes < 0, True)
        part = weights[axis.start : axis.start + axis.width]
        if axis.numeric:
            least = max(1 / min(100, 1 + n), _half_cell(axes.table, axis.column))
            width = widths[axis.column] = max(spread * n ** (-1 / (d + 4)), least)
            centre = np.append(axes.units(axis.column, rows), 0.0)
            _normals(part, centre, width, silent)
        else:
            card = len(axis.log_prior)
            share = prior_weight * card / n
            keep[axis.column] = 1 / (1 + share)
            prior = np.exp(axis.log_prior)
            part[:] = np.log(prior * share / (1 + share))[:, None]
            heard = np.flatnonzero(~silent)
            part[codes[heard], heard] = np.log(keep[axis.column] + prior[codes[heard]] * share / (1 + share))
            part[:, silent] = axis.log_prior[:, None]
    return Density(axes, rows, weights, widths, keep)


def _normals(part: F64, centre: F64, width: float, silent: NDArray[np.bool_]) -> None:
    """Write the log of truncated normals as coefficients of 1, x, x^2; where silent the prior alone speaks."""
    mass = ndtr((1 - centre) / width) - ndtr(-centre / width)
    part[0] = np.where(silent, 0.0, -0.5 * (centre / width) ** 2 - np.log(mass * width * np.sqrt(2 * np.pi)))
    part[1] = np.where(silent, 0.0, centre / width**2)
    part[2] = np.where(silent, 0.0, -0.5 / width**2)
    part[3] = np.where(silent, 1.0, 0.0)


def _axis(table: Table, column: int, start: int) -> Axis:
    kind, card = int(table.kind[column]), int(table.card[column])
    if kind in (INT, FLOAT):
        return Axis(column, True, _log_density(real_prior(table, column)), start)
    if kind != ONE:
        return Axis(column, False, np.full(card, -np.log(card)), start)
    codes = np.arange(card, dtype=np.int64)
    shares = np.log(np.maximum(discrete_prior(table, column).share(codes, codes), 1e-12))
    return Axis(column, True, shares + np.log(card), start) if ordinal(table, column) else Axis(column, False, shares, start)


def _log_density(prior: Reals) -> F64:
    """The log density of a number's prior in equal cells of the unit interval."""
    if prior.cumulative is None:
        return np.zeros(1)
    shares = np.diff(prior.cumulative)
    return np.asarray(np.log(np.maximum(shares * len(shares), 1e-12)), np.float64)


def _half_cell(table: Table, column: int) -> float:
    """Half the distance between neighbours of a grid on the unit scale; 0 for a float."""
    card = int(table.card[column])
    return 0.0 if table.kind[column] == FLOAT or card < 2 else 0.5 / (card - 1)
