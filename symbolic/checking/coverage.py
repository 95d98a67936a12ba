"""Candidates that cover a space: random ones, every value of every decision, and pairs of values as far as that is cheap.

Shapes that only fit in some candidates are mostly broken by one value or by two together, and a rare pair is not met by chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from symbolic.points import Point, Population
from symbolic.space import Space
from symbolic.table.table import Table

CANDIDATES = 128
"""Random candidates, beside those made for values and pairs."""
VALUES = 8
"""Values of one number that are tried: evenly spaced codes, both ends included."""
TRIES = 2
"""Random candidates in which a value is tried that the others do not have."""
MOST, WORK = 2_000, 2_000_000
"""Candidates made for such values at most, and how many columns they may have together."""
PAIRS = 128
"""Candidates made for pairs of values at most."""
MANY = 600
"""Above this many values their pairs are left to chance."""
FEW, SMALL = 512, 20
"""A space of so few candidates is tried whole; one with more than 2 ** `SMALL` rows of codes is not counted first."""
ROUNDS, BATCH = 8, 256
"""How often, and how many at a time, missing pairs are tried."""
SEED = 0


@attrs.frozen
class Coverage:
    """How much of a space some candidates show: values of decisions, and pairs of values of two decisions.

    `known_pairs` counts all that can be written down, also those that no candidate has; it is 0 where there are too many.
    `whole`: they are all there are.
    """

    candidates: int
    values: int
    known_values: int
    pairs: int
    known_pairs: int
    whole: bool = False

    def __str__(self) -> str:
        if self.whole:
            return f"all {self.candidates:,} candidates"
        pairs = f", {self.pairs:,} of {self.known_pairs:,} pairs of values" if self.known_pairs else ""
        return f"{self.candidates:,} candidates, {self.values:,} of {self.known_values:,} values{pairs}"


@attrs.define(eq=False)
class Cover:
    """Candidates of a space, chosen to show as much of it as possible."""

    table: Table
    rows: list[Point] = attrs.field(factory=list)
    values: set[int] = attrs.field(factory=set)
    met: set[bytes] = attrs.field(factory=set)
    whole: bool = False

    @cached_property
    def codes(self) -> list[NDArray[np.int64]]:
        """The codes to try of each column; none of a float."""
        card = self.table.card
        return [np.unique(np.linspace(0, n - 1, min(int(n), VALUES)).round().astype(np.int64)) for n in card]

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """The number of the first value of each column, and how many values there are."""
        return np.cumsum([0, *map(len, self.codes)])

    @cached_property
    def numbers(self) -> list[dict[int, int]]:
        """The number of each value that is tried, by code, for each column."""
        return [{int(v): int(first) + k for k, v in enumerate(c)} for c, first in zip(self.codes, self.first, strict=False)]

    @cached_property
    def paired(self) -> NDArray[np.bool_] | None:
        """Which pairs of values were shown `[value, value]`, None where there are too many."""
        many = int(self.first[-1])
        return np.zeros((many, many), bool) if many <= MANY else None

    def shown(self, index: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the numbers of the values that a candidate shows, codes `[column]`."""
        found = (numbers.get(code) for numbers, code in zip(self.numbers, index.tolist(), strict=True))
        return np.array([k for k in found if k is not None], np.int64)

    def add(self, point: Point) -> None:
        """Take a candidate, unless it is there already."""
        key = point.index.tobytes() + point.real.tobytes()
        if key in self.met:
            return
        self.met.add(key)
        self.rows.append(point)
        shown = self.shown(point.index)
        self.values.update(shown.tolist())
        if self.paired is not None:
            self.paired[np.ix_(shown, shown)] = True

    def is_new(self, point: Point) -> bool:
        """Return whether a candidate shows a pair that no other does."""
        shown = self.shown(point.index)
        return self.paired is not None and not self.paired[np.ix_(shown, shown)].all()

    def coverage(self) -> Coverage:
        """Say what was shown."""
        sizes = np.diff(self.first)
        many = int(self.first[-1])
        known = (many * many - int((sizes * sizes).sum())) // 2 if self.paired is not None else 0
        pairs = (int(self.paired.sum()) - len(self.values)) // 2 if self.paired is not None else 0
        return Coverage(len(self.rows), len(self.values), many, pairs, known, self.whole)


def cover(space: Space) -> Cover:
    """Return candidates that cover a space: random ones, one for each value, and some for pairs that are still missing."""
    from symbolic.search.randomness import rng
    from symbolic.table import sample

    made = Cover(space.lower())
    if (everything := _everything(space)) is not None:
        made.whole = True
        for point in everything:
            made.add(point)
        return made
    population = sample(made.table, CANDIDATES, rng(SEED, 0))
    for row in range(len(population)):
        made.add(population[row])
    for point in _with_values(made, population):
        made.add(point)
    if made.paired is not None:
        _add_pairs(made, population)
    return made


def _everything(space: Space) -> list[Point] | None:
    """Return all candidates of a small space; None for a larger one, or one of floats."""
    from symbolic.table.rank import unrank

    table = space.lower()
    if table.n_floats or np.log2(np.maximum(table.card, 1)).sum() > SMALL:
        return None
    size = space.size()
    return [unrank(table, k) for k in range(int(size.value))] if size.exact and size.value <= FEW else None


def _with_values(made: Cover, population: Population) -> Iterator[Point]:
    """Yield candidates that show missing values, made by setting each in random ones that have its decision."""
    missing = [
        (c, int(v)) for c, codes in enumerate(made.codes) for k, v in enumerate(codes) if made.first[c] + k not in made.values
    ]
    places = [(row, ((c, v),)) for c, v in missing for row in np.flatnonzero(population.index[:, c] >= 0)[:TRIES]]
    found: set[tuple[int, int]] = set()
    most = min(MOST, WORK // max(len(made.table), 1))
    places = places[: TRIES * most]
    for point, ((c, v),) in _set(made.table, population, places, 1):
        if (c, v) not in found and len(found) < most:
            found.add((c, v))
            yield point


def _add_pairs(made: Cover, population: Population) -> None:
    """Add candidates that show missing pairs, as long as some are found."""
    from symbolic.search.randomness import rng

    assert made.paired is not None
    column = np.repeat(np.arange(len(made.codes)), np.diff(made.first))
    code = np.concatenate([*made.codes, np.zeros(0, np.int64)])
    generator = rng(SEED, 2)
    tried = made.paired | (column[:, None] >= column[None])
    left = PAIRS
    for step in range(ROUNDS):
        missing = np.argwhere(~(made.paired | tried))
        missing = missing[generator.permutation(len(missing))[:BATCH]]
        tried[missing[:, 0], missing[:, 1]] = True
        places = []
        for a, b in missing:
            both = np.flatnonzero((population.index[:, column[a]] >= 0) & (population.index[:, column[b]] >= 0))
            if len(both):
                places.append((int(generator.choice(both)), ((int(column[a]), int(code[a])), (int(column[b]), int(code[b])))))
        for point, _ in _set(made.table, population, places, 3 + step):
            if left and made.is_new(point):
                made.add(point)
                left -= 1
        if not left or not len(missing):
            return


def _set(table: Table, population: Population, places: list[tuple[int, Any]], step: int) -> Iterator[tuple[Point, Any]]:
    """Yield the candidates that come of setting codes, `(row, ((column, code), ...))`, where that leaves valid ones."""
    from symbolic.search.randomness import rng
    from symbolic.table import close, satisfies

    if not places:
        return
    tried = population.take(np.array([row for row, _ in places]))
    for k, (_, wanted) in enumerate(places):
        for column, code in wanted:
            tried.index[k, column] = code
    closed = close(table, tried, rng(SEED, step))
    valid = satisfies(table, closed)
    for k, (_, wanted) in enumerate(places):
        if valid[k] and all(closed.index[k, column] == code for column, code in wanted):
            yield closed[k], wanted
