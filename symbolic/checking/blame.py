"""Whose fault it is that some candidates fail: the decision values that all of them share and no sound one has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symbolic.points import Point
from symbolic.space import Space


def blame(space: Space, broken: Sequence[Point], sound: Sequence[Point]) -> str:
    """Name the fewest values that all broken candidates share and no sound one has; else those of one broken candidate."""
    from symbolic.table import to_dict

    table = space.lower()
    bad = [to_dict(table, p) for p in broken]
    good = [to_dict(table, p) for p in sound]
    if not good:
        return "every candidate breaks here"
    shared = [(k, v) for k, v in bad[0].items() if all(_has(d, k, v) for d in bad)]
    for k, v in shared:
        if not any(_has(d, k, v) for d in good):
            return f"it breaks where {k} = {v!r}"
    for k in bad[0]:
        limit = _limit(k, bad, good)
        if limit is not None:
            return f"it breaks where {limit}"
    pair = _conjunction(shared, good)
    values = pair or [(k, v) for k, v in bad[0].items()]
    return f"it breaks where {' and '.join(f'{k} = {v!r}' for k, v in values)}"


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
