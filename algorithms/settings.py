"""Checks of settings: a search with impossible ones is refused when it is written down, not when it runs."""

from __future__ import annotations

from typing import Any

import attrs
from attrs.validators import and_, deep_iterable, ge, gt, instance_of, le, lt, max_len, min_len, optional

NUMBER: Any = instance_of((int, float))


def both(first: Any, second: Any) -> Any:
    """One validator after the other."""
    return and_(first, second)


def count(at_least: int = 1, *, default: int | None = None) -> Any:
    """A whole number of at least `at_least`; where the default is None, None may be given."""
    check = both(instance_of(int), ge(at_least))
    return attrs.field(default=default, validator=optional(check) if default is None else check)


def positive(*, default: float | None = None) -> Any:
    """A number above 0; where the default is None, None may be given."""
    check = both(NUMBER, gt(0))
    return attrs.field(default=default, validator=optional(check) if default is None else check)


def share(*, default: float) -> Any:
    """A number in [0, 1]."""
    return attrs.field(default=default, validator=both(NUMBER, both(ge(0), le(1))))


def at_least_zero(*, default: float) -> Any:
    """A number of at least 0."""
    return attrs.field(default=default, validator=both(NUMBER, ge(0)))


def betas(*, default: tuple[float, float]) -> Any:
    """The decay of Adam's two moments, each in [0, 1); a list is taken too, as the language writes it."""
    inside = both(NUMBER, both(ge(0), lt(1)))
    pair = both(both(min_len(2), max_len(2)), deep_iterable(inside, instance_of(tuple)))
    return attrs.field(default=default, converter=tuple, validator=pair)
