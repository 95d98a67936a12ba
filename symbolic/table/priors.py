"""Priors: how likely each value of a decision is before anything is known. `sample` uses them, `size` never does."""

from __future__ import annotations

import math

import attrs
import numpy as np

from symbolic.table.table import F64, FLOAT, I32, I64, INT, SetOf, Table

SPREAD = 0.25
"""Standard deviation of `prior v`, on the unit scale of the range."""
_VECTOR_LIMIT = 1 << 20
"""Above this many codes an integer's prior is drawn from its continuous form."""
_CELLS = 4096


@attrs.frozen(eq=False)
class Codes:
    """The prior of a discrete column: cumulative probabilities `[code + 1]` from 0 to 1, or None when uniform."""

    card: int
    cumulative: F64 | None

    def draw(self, n: int, rng: np.random.Generator) -> I32:
        """Draw codes `[n]`."""
        if self.cumulative is None:
            return np.asarray(rng.integers(0, self.card, n, dtype=np.int32))
        return self._at(rng.random(n), 0, self.card - 1)

    def draw_between(self, first: I64, last: I64, rng: np.random.Generator) -> I32:
        """Draw codes `[row]` from the prior restricted to `first..last`; `first` where nothing is allowed."""
        u = rng.random(len(first))
        if self.cumulative is None:
            return np.asarray(first + np.floor(u * np.maximum(last - first + 1, 1)), np.int32)
        low, high = self.cumulative[first], self.cumulative[np.maximum(last, first - 1) + 1]
        return self._at(low + u * (high - low), first, np.maximum(last, first))

    def _at(self, u: F64, first: I64 | int, last: I64 | int) -> I32:
        assert self.cumulative is not None
        found = np.searchsorted(self.cumulative, u, "right") - 1
        return np.asarray(np.clip(found, first, last), np.int32)

    def share(self, first: I64, last: I64) -> F64:
        """Return the probability `[row]` of `first..last`, 0 where nothing is allowed."""
        last = np.maximum(last, first - 1)
        if self.cumulative is None:
            return (last - first + 1) / self.card
        return self.cumulative[last + 1] - self.cumulative[first]


@attrs.frozen(eq=False)
class Reals:
    """The prior of a float: uniform on its own scale, or a truncated normal around `prior v`."""

    low: float
    high: float
    log: bool
    cumulative: F64 | None

    def draw(self, n: int, rng: np.random.Generator) -> F64:
        """Draw values `[n]`."""
        return self.value(self._quantile(rng.random(n)))

    def draw_between(self, low: F64, high: F64, rng: np.random.Generator) -> F64:
        """Draw values `[row]` from the prior restricted to `low..high`; `low` where nothing is allowed."""
        a, b = self.mass(low), self.mass(np.maximum(low, high))
        drawn = self.value(self._quantile(a + rng.random(len(low)) * (b - a)))
        return np.clip(drawn, low, np.maximum(low, high))

    def unit(self, value: F64) -> F64:
        """Return values on the unit interval of the range's scale."""
        if self.low == self.high:
            return np.zeros_like(value)
        if self.log:
            return (np.log(value) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        return (value - self.low) / (self.high - self.low)

    def value(self, unit: F64) -> F64:
        """Return the values at places of the unit interval, never -0.0."""
        if self.log:
            raw = np.exp(math.log(self.low) + unit * (math.log(self.high) - math.log(self.low)))
        else:
            raw = self.low + unit * (self.high - self.low)
        return np.clip(raw, self.low, self.high) + 0.0

    def mass(self, value: F64) -> F64:
        """Return the probability of being below each value `[row]`."""
        unit = self.unit(value)
        return unit if self.cumulative is None else np.interp(unit, np.linspace(0, 1, _CELLS + 1), self.cumulative)

    def _quantile(self, mass: F64) -> F64:
        if self.cumulative is None:
            return mass
        return np.interp(mass, self.cumulative, np.linspace(0, 1, _CELLS + 1))


@attrs.frozen(eq=False)
class Rounded:
    """The prior of an integer with too many codes for a vector: its continuous form, rounded to the grid."""

    scale: Reals
    low: float
    step: float
    card: int

    def draw(self, n: int, rng: np.random.Generator) -> I32:
        """Draw codes `[n]`."""
        return self.draw_between(np.zeros(n, np.int64), np.full(n, self.card - 1), rng)

    def draw_between(self, first: I64, last: I64, rng: np.random.Generator) -> I32:
        """Draw codes `[row]` from the prior restricted to `first..last`; `first` where nothing is allowed."""
        last = np.maximum(first, last)
        value = self.scale.draw_between(self._edge(first), self._edge(last + 1), rng)
        return np.clip(np.rint((value - self.low) / self.step), first, last).astype(np.int32)

    def share(self, first: I64, last: I64) -> F64:
        """Return the probability `[row]` of `first..last`, 0 where nothing is allowed."""
        last = np.maximum(last, first - 1)
        return self.scale.mass(self._edge(last + 1)) - self.scale.mass(self._edge(first))

    def _edge(self, code: I64) -> F64:
        """Return the lower edge of a code's cell."""
        return np.asarray(np.maximum(self.low + (code - 0.5) * self.step, self.scale.low), np.float64)


Discrete = Codes | Rounded


def discrete_prior(table: Table, column: int) -> Discrete:
    """Return the prior of a one-of, integer or count column."""
    card = int(table.card[column])
    given = table.prob[column]
    if given is not None:
        return Codes(card, _cumulate(given))
    if table.kind[column] != INT or not (table.log[column] or has_prior(table, column)):
        return Codes(card, None)
    low, step = float(table.low[column]), float(table.step[column])
    if card > _VECTOR_LIMIT:
        edge = low - step / 2
        edge = edge if edge > 0 or not table.log[column] else low / 2
        scale = Reals(edge, low + (card - 0.5) * step, bool(table.log[column]), None)
        return Rounded(_around(scale, float(table.prior[column])), low, step, card)
    values = low + np.arange(card) * step
    if has_prior(table, column):
        scale = real_scale(table, column)
        distance = scale.unit(np.asarray(values, np.float64)) - scale.unit(np.array([table.prior[column]]))
        return Codes(card, _cumulate(np.exp(-0.5 * (distance / SPREAD) ** 2)))
    below = np.where(values > step / 2, values - step / 2, values / 2)
    return Codes(card, _cumulate(np.log((values + step / 2) / below)))


def real_prior(table: Table, column: int) -> Reals:
    """Return the prior of a float column."""
    return _around(real_scale(table, column), float(table.prior[column]))


def real_scale(table: Table, column: int) -> Reals:
    """Return the scale of a numeric column over its hull, with a uniform prior."""
    return Reals(float(table.low[column]), float(table.high[column]), bool(table.log[column]), None)


def _around(scale: Reals, centre: float) -> Reals:
    """Return a scale with a truncated normal around a value (NaN: uniform)."""
    if math.isnan(centre):
        return scale
    place = float(scale.unit(np.array([centre]))[0])
    mass = np.array([math.erf((x - place) / (SPREAD * math.sqrt(2))) for x in np.linspace(0, 1, _CELLS + 1)])
    return attrs.evolve(scale, cumulative=(mass - mass[0]) / (mass[-1] - mass[0]))


def has_prior(table: Table, column: int) -> bool:
    """Return whether a range was written with `prior v`."""
    return table.kind[column] in (INT, FLOAT) and not math.isnan(table.prior[column])


def set_counts(members: SetOf, size: int) -> list[int]:
    """Return how many subsets (or permutations, or multisets) of `size` options there are of each length `low..high`."""
    if members.most > 1:
        return [math.comb(size + k - 1, k) for k in range(members.low, members.high + 1)]
    count = math.perm if members.ordered else math.comb
    return [count(size, k) for k in range(members.low, members.high + 1)]


def draw_sets(members: SetOf, size: int, n: int, rng: np.random.Generator) -> I32:
    """Draw codes `[n, column]` of a set, each allowed set equally likely."""
    counts = set_counts(members, size)
    total = sum(counts)
    cumulative = np.cumsum([c / total for c in counts])
    lengths = members.low + np.minimum(np.searchsorted(cumulative, rng.random(n), "right"), len(counts) - 1)
    if members.most > 1:
        return _draw_multisets(lengths, size, rng)
    shuffled = rng.random((n, size)).argsort(1)
    if members.ordered:
        codes = shuffled[:, : len(members.columns)].astype(np.int32) + 1
        codes[np.arange(len(members.columns)) >= lengths[:, None]] = 0
        return codes
    return (shuffled < lengths[:, None]).astype(np.int32)


def _draw_multisets(lengths: I64, size: int, rng: np.random.Generator) -> I32:
    """Draw how often each option is picked: stars among bars, each arrangement equally likely."""
    codes = np.zeros((len(lengths), size), np.int32)
    for length in np.unique(lengths).tolist():
        rows = np.flatnonzero(lengths == length)
        shuffled = rng.random((len(rows), length + size - 1)).argsort(1)
        bars = np.sort(shuffled[:, : size - 1], 1)
        ends = np.concatenate([np.full((len(rows), 1), -1), bars, np.full((len(rows), 1), length + size - 1)], 1)
        codes[rows] = np.diff(ends, axis=1) - 1
    return codes


def _cumulate(weights: F64) -> F64:
    summed = np.concatenate([[0.0], np.cumsum(weights)])
    return np.asarray(summed / summed[-1], np.float64)
