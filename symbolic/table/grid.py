"""Numbers on a grid: `low + code * step`, computed in decimal so that 0.1..0.7 step 0.1 holds 0.3 itself."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

_EXACT_POWERS = 22
"""Powers of ten up to this one are exact in float64."""


def decimal(value: float) -> Decimal:
    """Return a number as it is written."""
    return Decimal(repr(value))


def digits(low: float, step: float) -> int:
    """Return how many digits after the point the values of a grid have."""
    return max(0, *(-int(decimal(v).normalize().as_tuple().exponent) for v in (low, step)))


def count(low: float, high: float, step: float) -> int:
    """Return how many values a grid has; its high end need not be one of them.

    >>> count(0.1, 0.7, 0.1)
    7
    """
    return int((decimal(high) - decimal(low)) // decimal(step)) + 1


def value_at(low: float, step: float, code: int) -> float:
    """Return the value of a code.

    >>> value_at(0.1, 0.1, 2)
    0.3
    """
    return float(decimal(low) + code * decimal(step))


def code_of(low: float, step: float, value: float) -> int | None:
    """Return the code of a value, or None when it is not on the grid.

    >>> code_of(0.1, 0.1, 0.3), code_of(8, 8, 12)
    (2, None)
    """
    quotient, rest = divmod(decimal(value) - decimal(low), decimal(step))
    return int(quotient) if rest == 0 else None


def values_at(low: float, step: float, codes: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the values of codes `[row]`, each the float64 nearest to its decimal."""
    raw = low + codes * step
    places = digits(low, step)
    if places == 0 or places > _EXACT_POWERS:
        return np.asarray(raw, np.float64)
    scale = 10.0**places
    return np.asarray(np.rint(raw * scale) / scale, np.float64)
