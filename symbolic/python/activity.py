"""When a decision exists: what follows from its place, and the conditions that tracing learned."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from symbolic.errors import SpaceError
from symbolic.python.asked import Asked, Interval
from symbolic.python.explore import draw, grid, number_of, values_of
from symbolic.python.formulas import evaluate, leaves
from symbolic.python.places import Place
from symbolic.python.probe import formula_of

Values: TypeAlias = Mapping[Place, Any]
Conditions: TypeAlias = Mapping[Place, Mapping[Place, frozenset[Any]]]
"""Decision -> other decision -> the values of the other under which it exists."""


def structural(place: Place) -> set[Place]:
    """Return the decisions that the place of a decision hangs on: choices of its options, counts of its rounds."""
    found = set()
    for above in place.ancestors:
        if above.kind == "choice":
            found.add(above)
        elif above.kind == "series" and above.count is not None:
            found.update(leaves(above.count))
    return found


def entangled(place: Place) -> set[Place]:
    """Return the decisions that only together say whether a round with this decision exists."""
    found: set[Place] = set()
    for above in place.ancestors:
        if above.kind == "series" and above.count is not None:
            behind = set(leaves(above.count))
            found |= behind if len(behind) > 1 else set()
    return found


def implied(place: Place) -> dict[Place, frozenset[Any]]:
    """Return the values of other decisions without which the place of a decision does not exist."""
    found: dict[Place, frozenset[Any]] = {}
    below = place
    for above in place.ancestors:
        index = below.index or 0
        behind = set(leaves(above.count)) if above.count is not None else set()
        if below.kind == "option":
            allowed = frozenset(value for value in _every(above) if _picked(value, below.name))
            found[above] = found.get(above, allowed) & allowed
        elif below.kind == "round" and (above.kind == "choice" or len(behind) == 1):
            other = above if above.kind == "choice" else behind.pop()
            allowed = frozenset(value for value in _every(other) if _counted(above, index, {other: value}))
            found[other] = found.get(other, allowed) & allowed
        below = above
    return found


def _every(place: Place) -> Iterable[Any]:
    assert place.asked is not None
    return grid(place.asked) if isinstance(place.asked, Interval) else values_of(place.asked)


def reads(place: Place, conditions: Conditions) -> set[Place]:
    """Return all decisions that must be known before this one: structure, conditions, bounds."""
    found = structural(place) | set(conditions.get(place, ()))
    if place.asked is not None:
        found |= _ends_read(place.asked)
    return found - {place}


def _ends_read(asked: Asked) -> set[Place]:
    """Return the decisions that the ends of a range are computed from."""
    if not isinstance(asked, Interval):
        return set()
    return {place for end in (asked.low, asked.high) for place in leaves(formula_of(end))}


def parents_first(order: Iterable[Place], conditions: Conditions) -> tuple[Place, ...]:
    """Return the decisions in the given order, except that what one reads comes before it. Raises E403 for a circle."""
    ordered: dict[Place, bool] = {}

    def visit(place: Place) -> None:
        if ordered.get(place) is False:
            raise SpaceError("E403", f"the existence of {str(place)!r} depends on itself", place.span)
        if place not in ordered:
            ordered[place] = False
            for other in sorted(reads(place, conditions), key=lambda each: rank.get(each, 0)):
                visit(other)
            del ordered[place]
            ordered[place] = True

    rank = {place: index for index, place in enumerate(order)}
    for place in rank:
        visit(place)
    return tuple(ordered)


def active(place: Place, conditions: Conditions, values: Values) -> bool:
    """Return whether a decision exists, given the values of those before it that exist."""
    for other, allowed in conditions.get(place, {}).items():
        if other not in values or values[other] not in allowed:
            return False
    below = place
    for above in place.ancestors:
        if below.kind == "option" and not _picked(values.get(above), below.name):
            return False
        if below.kind == "round" and not _counted(above, below.index or 0, values):
            return False
        below = above
    return True


def _picked(value: Any, label: str) -> bool:
    return label in value if isinstance(value, tuple) else value == label


def _counted(repeated: Place, index: int, values: Values) -> bool:
    if repeated.kind == "choice":
        return repeated in values and values[repeated] > index
    if repeated.count is None:
        return True
    read = set(leaves(repeated.count))
    return read <= values.keys() and evaluate(repeated.count, _numbers_of(read, values)) > index


def _numbers_of(places: Iterable[Place], values: Values) -> dict[Place, Any]:
    """Return values as they stand in formulas: the number behind a label."""
    return {place: number_of(place.asked, values[place]) for place in places if place.asked is not None and place in values}


def demands(place: Place, conditions: Conditions) -> dict[Place, frozenset[Any]]:
    """Return the values of other decisions without which a decision does not exist, directly or through others."""
    found: dict[Place, frozenset[Any]] = {}
    pending = [place]
    while pending:
        below = pending.pop()
        for other, allowed in [*implied(below).items(), *conditions.get(below, {}).items()]:
            if other not in found:
                pending.append(other)
            found[other] = found.get(other, allowed) & allowed
    return found


def random_candidate(
    order: Sequence[Place], conditions: Conditions, generator: random.Random, wanted: Mapping[Place, frozenset[Any]]
) -> dict[Place, Any]:
    """Return random values for all decisions that exist together, some of them only out of those that are wanted."""
    values: dict[Place, Any] = {}
    for place in order:
        if active(place, conditions, values):
            assert place.asked is not None
            values[place] = draw(place.asked, _numbers_of(_ends_read(place.asked), values), generator)
            if wanted.get(place):
                values[place] = generator.choice(sorted(wanted[place], key=repr))
    return values
