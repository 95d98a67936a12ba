"""Durations as people write them."""

from __future__ import annotations

import re

from symbolic.errors import SymspaceError

_UNITS = {"ms": 1e-3, "s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)")


class DurationError(SymspaceError):
    """A duration that cannot be read."""


def seconds(duration: float | str) -> float:
    """Return a duration in seconds: a number of them, or text such as `90s`, `2m`, `1h 30m`. Raises `DurationError`.

    >>> seconds("1h 30m"), seconds("2m"), seconds(45)
    (5400.0, 120.0, 45.0)
    """
    if not isinstance(duration, str):
        if isinstance(duration, bool) or not isinstance(duration, int | float) or not 0 < duration < float("inf"):
            raise DurationError(f"a duration of {duration!r} seconds: it is a number above 0")
        return float(duration)
    total, at = 0.0, 0
    text = duration.strip()
    while at < len(text):
        part = _PART.match(text, at)
        unit = part.group(2) if part is not None else ""
        if part is None or (unit or "s") not in _UNITS:
            break
        total, at = total + float(part.group(1)) * _UNITS[unit or "s"], part.end()
    if at < len(text) or not total > 0:
        raise DurationError(f"{duration!r} is no duration: write seconds, or e.g. 90s, 2m, 1h 30m")
    return total


def shown(duration_s: float) -> str:
    """Return seconds as a person reads them.

    >>> shown(3.21), shown(95), shown(7500)
    ('3.2 s', '1 min 35 s', '2 h 5 min')
    """
    if duration_s < 60:
        return f"{duration_s:.1f} s"
    whole = round(duration_s)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
