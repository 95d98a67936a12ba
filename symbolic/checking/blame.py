"""Whose fault it is that some candidates fail: the decision values that all of them share and no sound one has.

What looks guilty is tried: its values are put into sound candidates, which have to fail then. A value that is rare shares
every fate with the one candidate that has it, and would be blamed for anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from symbolic.points import Point, Population
from symbolic.space import Space
from symbolic.table.table import Table

Fails = Callable[[Point], bool]
"""Whether a candidate fails at the place in question."""
TRIED = 6
"""Sound candidates into which values are put."""
SHOWN = 6
"""Decisions named at most."""
SEED = 0


def blame(space: Space, broken: Sequence[Point], sound: Sequence[Point], fails: Fails) -> str:
    """Name the fewest values that make a candidate fail, as far as they are found."""
    from symbolic.table import to_dict

    table = space.lower()
    bad = [to_dict(table, p) for p in broken]
    good = [to_dict(table, p) for p in sound]
    if not good:
        return "every candidate breaks here"
    trial = Trial(table, broken, sound, fails)
    shared = [(k, v) for k, v in bad[0].items() if all(_has(d, k, v) for d in bad)]
    for k, v in shared:
        if not any(_has(d, k, v) for d in good) and trial.guilty([k]):
            return f"it breaks where {k} = {v!r}"
    for k in bad[0]:
        limit = _limit(k, bad, good)
        if limit is not None and trial.guilty([k]):
            return f"it breaks where {limit}"
    pair = _conjunction(shared, good)
    if not pair or not trial.guilty([k for k, _ in pair]):
        needed = trial.needed()
        pair = [(k, v) for k, v in bad[0].items() if k in needed]
    rest = f" and {len(pair) - SHOWN} more values" if len(pair) > SHOWN else ""
    return f"it breaks where {' and '.join(f'{k} = {v!r}' for k, v in pair[:SHOWN])}{rest}"


@attrs.frozen(eq=False)
class Trial:
    """Puts values of the first broken candidate into sound ones, and the other way round."""

    table: Table
    broken: Sequence[Point]
    sound: Sequence[Point]
    fails: Fails

    def guilty(self, paths: Sequence[str]) -> bool:
        """Whether sound candidates fail once they have these decisions from the broken one; true where none can have them."""
        columns = [c for path in paths for c in self._columns(path)]
        codes = self.broken[0].index[columns]
        able = [p for p in self.sound if (p.index[columns] >= 0).all()][:TRIED]
        changed = [made for p in able if (made := self._with(p, columns, codes)) is not None]
        return all(map(self.fails, changed))

    def needed(self) -> frozenset[str]:
        """Return the decisions of the broken candidate that cannot take the values of the sound one most like it."""
        current = self.broken[0]
        like = min(self.sound, key=lambda p: int((p.index != current.index).sum()))
        kept = []
        for column in np.flatnonzero((current.index >= 0) & (current.index != like.index))[::-1]:
            made = self._with(current, [column], like.index[[column]]) if like.index[column] >= 0 else None
            if made is not None and self.fails(made):
                current = made
            else:
                kept.append(column)
        groups = {c: g.path for g in self.table.sets for c in g.columns}
        return frozenset(groups.get(int(c), self.table.path[c]) for c in kept)

    def _columns(self, path: str) -> Sequence[int]:
        group = next((g for g in self.table.sets if g.path == path), None)
        return [self.table.where[path]] if group is None else list(group.columns)

    def _with(self, point: Point, columns: Sequence[Any], codes: NDArray[np.int32]) -> Point | None:
        """Return the candidate with other codes in some columns, None where that is none."""
        from symbolic.search.randomness import rng
        from symbolic.table import close, satisfies

        made = Population.of([point])
        made.index[0, list(columns)] = codes
        closed = close(self.table, made, rng(SEED, 0))
        valid = bool(satisfies(self.table, closed)[0]) and np.array_equal(closed.index[0, list(columns)], codes)
        return closed[0] if valid else None


def _has(values: Mapping[str, Any], key: str, value: object) -> bool:
    return key in values and bool(values[key] == value)


def _limit(key: str, bad: Sequence[Mapping[str, Any]], good: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the bound that one number crosses in all broken candidates and in no sound one."""
    low = [d.get(key) for d in bad]
    high = [d[key] for d in good if key in d]
    if not high or not all(type(v) in (int, float) for v in (*low, *high)):
        return None
    crossed, kept = [float(v) for v in low if v is not None], [float(v) for v in high]
    if min(crossed) > max(kept):
        return f"{key} >= {min(crossed):g} ({max(kept):g} works)"
    if max(crossed) < min(kept):
        return f"{key} <= {max(crossed):g} ({min(kept):g} works)"
    return None


def _conjunction(shared: Sequence[tuple[str, Any]], good: Sequence[Mapping[str, Any]]) -> list[tuple[str, Any]]:
    """Return few shared values that no sound candidate has together; empty when there are none."""
    left, named = list(good), list[tuple[str, Any]]()
    while left and shared:
        k, v = min(shared, key=lambda kv: sum(_has(d, *kv) for d in left))
        kept = [d for d in left if _has(d, k, v)]
        if len(kept) == len(left):
            return []
        left = kept
        named.append((k, v))
    return named
