"""Formulas over earlier answers: what a count or a bound depends on, remembered while a program is traced."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

if TYPE_CHECKING:
    from symbolic.python.places import Place


@attrs.frozen(eq=False)
class Leaf:
    """The answer of a decision."""

    place: Place


@attrs.frozen(eq=False)
class Applied:
    """An operation of the language on formulas and plain numbers."""

    op: str
    args: tuple[Formula, ...]


@attrs.frozen(eq=False)
class Opaque:
    """A function that the language has no word for, applied by `lift`."""

    function: Callable[..., Any]
    args: tuple[Formula, ...]


Formula: TypeAlias = "Leaf | Applied | Opaque | int | float"

OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "neg": operator.neg,
    "abs": abs,
    "round": round,
    "floor": math.floor,
    "ceil": math.ceil,
}


def leaves(formula: Formula) -> Iterator[Place]:
    """Yield the decisions that a formula reads."""
    match formula:
        case Leaf(place):
            yield place
        case Applied(_, args) | Opaque(_, args):
            for arg in args:
                yield from leaves(arg)
        case _:
            pass


def monotone(formula: Formula) -> bool:
    """Return whether a formula takes its extremes at the ends of its decisions' ranges."""
    match formula:
        case Applied(op, args):
            return op not in ("%", "abs") and all(map(monotone, args))
        case Opaque():
            return False
        case _:
            return True


def evaluate(formula: Formula, values: Mapping[Place, Any]) -> Any:
    """Return the value of a formula, given those of its decisions."""
    match formula:
        case Leaf(place):
            return values[place]
        case Applied(op, args):
            return OPERATIONS[op](*(evaluate(arg, values) for arg in args))
        case Opaque(function, args):
            return function(*(evaluate(arg, values) for arg in args))
        case _:
            return formula
