"""No duplicates on finite spaces: draw until something new comes, then look for it, then say that there is none."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable

import attrs
import numpy as np

from symbolic.points import Point
from symbolic.table import size
from symbolic.table.rank import unrank_rows
from symbolic.table.table import Table

DRAWS = 100
LAST_DRAWS = 900
AT_ONCE = 256


def unseen(
    table: Table, draw: Callable[[np.random.Generator], Point], seen: Container[bytes], rng: np.random.Generator
) -> Point | None:
    """Return a point whose key is not in `seen`, or None when the space is exhausted.

    First up to 100 calls of `draw`; then, where candidates can be ranked, the first unseen one at or after a random rank
    (wrapping round, so every candidate is found); else 900 further draws, after which the space counts as exhausted.
    """
    point = _drawn(draw, seen, rng, DRAWS)
    if point is not None:
        return point
    count = size(table)
    if not count.exact or count.continuous:
        return _drawn(draw, seen, rng, LAST_DRAWS)
    return _next_in_rank(table, seen, int(rng.random() * count.value), count.value)


def _drawn(
    draw: Callable[[np.random.Generator], Point], seen: Container[bytes], rng: np.random.Generator, tries: int
) -> Point | None:
    for _ in range(tries):
        point = draw(rng)
        if point.key not in seen:
            return point
    return None


def _next_in_rank(table: Table, seen: Container[bytes], start: int, count: int) -> Point | None:
    for first in range(0, count, AT_ONCE):
        numbers = [(start + step) % count for step in range(first, min(first + AT_ONCE, count))]
        rows = unrank_rows(table.diagram, np.array(numbers, object))
        for row in range(len(rows)):
            point = rows[row]
            if point.key not in seen:
                return point
    return None


def fresh(numbers: Iterable[int], seen: Container[bytes], find: Callable[[int, Keys], Point | None]) -> list[tuple[int, Point]]:
    """Return a point per number, as `find(number, keys)` finds one whose key is not in `keys`, until it finds none.

    `keys` holds what is `seen` and what was found for the numbers before.
    """
    keys, found = Keys(seen), list[tuple[int, Point]]()
    for number in numbers:
        point = find(number, keys)
        if point is None:
            break
        keys.batch[point.key] = point
        found.append((number, point))
    return found


@attrs.frozen
class Keys:
    """The keys a search has seen plus the points of the batch being proposed, without copying the former."""

    seen: Container[bytes]
    batch: dict[bytes, Point] = attrs.field(factory=dict)

    def __contains__(self, key: object) -> bool:
        return key in self.batch or key in self.seen
