"""Capitals describe: `OneOf Range Subset Permutation` stand in signatures, in `Annotated`, and in the dict of a space.

They return what may be chosen. Typed as `Any`, so that `depth: int = sym.Range(1, 3)` type-checks. E703: a description in
the body of a constructor, where a question belongs.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any, overload

from symbolic.errors import SpaceError, Span
from symbolic.python.asked import MISSING, Number, ends_of, interval_of, options_of, picked_of
from symbolic.python.frames import span_of, usage
from symbolic.python.labels import plain_number, several
from symbolic.python.session import current


@overload
def OneOf(
    options: Mapping[str, object],
    /,
    *,
    default: object = ...,
    weights: Sequence[float] | None = ...,
    name: str | None = ...,
    doc: str | None = ...,
) -> Any: ...
@overload
def OneOf(
    *options: object,
    default: object = ...,
    weights: Sequence[float] | None = ...,
    name: str | None = ...,
    doc: str | None = ...,
) -> Any: ...
def OneOf(  # noqa: N802 - as above
    *options: object,
    default: object = MISSING,
    weights: Sequence[float] | None = None,
    name: str | None = None,
    doc: str | None = None,
) -> Any:
    """Describe one of the options, or of a mapping from labels; the default is the first unless given.

    >>> OneOf(3, 5, default=5).labels
    ('3', '5')
    """
    span = _described(sys._getframe(1), "OneOf", "oneof(...)")
    return options_of(options, default=default, weights=weights, name=name, doc=doc, span=span)


def Range(  # noqa: N802 - as above
    low: Number,
    high: Number,
    *,
    step: Number | None = None,
    log: bool = False,
    default: Number | None = None,
    prior: Number | None = None,
    name: str | None = None,
    doc: str | None = None,
) -> Any:
    """Describe a range, both ends included: of integers when ends and step are, else of floats.

    >>> Range(16, 64, step=16).offers(), Range(1e-4, 0.1, log=True).kind
    ('16..64 step 16', 'float')
    """
    span = _described(sys._getframe(1), "Range", "integer(...) or sym.floating(...)")
    low, high = plain_number(low), plain_number(high)
    for end in (low, high):
        if type(end) not in (int, float):
            raise SpaceError("E305", f"{end!r} is not a number", span)
    kind = "float" if any(isinstance(end, float) for end in (low, high, step)) else "integer"
    made = interval_of(
        "float" if kind == "float" else "integer",
        low,
        high,
        step=step,
        log=log,
        default=default,
        prior=prior,
        name=name,
        doc=doc,
        span=span,
    )
    if made.low == made.high:
        raise SpaceError("E301", f"the range {low}..{high} has one value", span, f"write {low}")
    return made


def Subset(  # noqa: N802 - as above
    options: Mapping[str, object] | Sequence[object],
    pick: int | tuple[int, int],
    *,
    default: Sequence[object] | None = None,
    weights: Sequence[float] | None = None,
    name: str | None = None,
    doc: str | None = None,
) -> Any:
    """Describe distinct options in written order, `pick` of them (or from `pick[0]` to `pick[1]`)."""
    span = _described(sys._getframe(1), "Subset", "subset(...)")
    low, high = ends_of(pick, span)
    given = several(options, span)
    return picked_of("subset", given, low, high, default=default, weights=weights, name=name, doc=doc, span=span)


def Permutation(  # noqa: N802 - as above
    options: Mapping[str, object] | Sequence[object],
    *,
    default: Sequence[object] | None = None,
    weights: Sequence[float] | None = None,
    name: str | None = None,
    doc: str | None = None,
) -> Any:
    """Describe an order of all the options."""
    span = _described(sys._getframe(1), "Permutation", "permutation(...)")
    given = several(options, span)
    count = len(options)
    return picked_of("permutation", given, count, count, default=default, weights=weights, name=name, doc=doc, span=span)


def _described(frame: FrameType, capital: str, word: str) -> Span | None:
    """Return the span of a description. Raises E703 where a constructor under search describes instead of asking."""
    span = span_of(frame)
    optimized = frame.f_code.co_flags & 1
    if current() is not None and optimized and not usage(frame.f_code, frame.f_lasti).header:
        hint = f"in a body ask: sym.{word}"
        raise SpaceError("E703", f"sym.{capital} describes a choice and cannot be asked in a body", span, hint)
    return span
