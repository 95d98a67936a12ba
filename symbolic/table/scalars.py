"""Operations of the language on plain Python values, and what an instance is worth before anything is decided."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from symbolic.errors import SpaceError
from symbolic.nodes import Scalar
from symbolic.table.instances import (
    Conditional,
    Constant,
    Fact,
    Formula,
    Gathered,
    Instance,
    Repeated,
    Scoped,
    Varying,
)


class Unknown(enum.Enum):
    """The third truth value: the result of an expression that reads an inactive decision, or one not yet made."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
Maybe: TypeAlias = Scalar | Unknown

TOLERANCE = 1e-13
"""Relative difference below which two numbers compare equal, so that 0.1 + 0.2 <= 0.3 holds on a decimal grid."""

_EXACT_EXPONENT = 64
"""Powers beyond this are computed in floats: whole numbers would grow without end."""

_BEYOND = 2**1023
"""Whole numbers from here on count as infinite."""

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
AGGREGATES = ("sum", "mean", "count", "any", "all", "len")
"""Functions that always take a list; `min` and `max` take a list or numbers."""


def literal(value: Scalar) -> str:
    """Return a constant as the language writes it (text without quotes): the label of a constant option.

    >>> [literal(v) for v in (True, None, 3, 1.0, 1e-5, "same")]
    ['true', 'none', '3', '1.0', '1e-05', 'same']
    """
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case _:
            return str(value) if not isinstance(value, float) else repr(value)


def is_number(value: object) -> bool:
    """Return whether a value is an int or a float, and no bool."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def compare(op: str, a: float, b: float) -> bool:
    """Compare two numbers up to `TOLERANCE`.

    >>> compare("<=", 0.1 + 0.2, 0.3), compare("<", 1, 2)
    (True, True)
    """
    largest = max(abs(a), abs(b))
    equal = a == b or (largest < math.inf and abs(a - b) <= TOLERANCE * largest)
    match op:
        case "==":
            return equal
        case "!=":
            return not equal
        case "<":
            return a < b and not equal
        case "<=":
            return a < b or equal
        case ">":
            return a > b and not equal
        case ">=":
            return a > b or equal
        case _:
            raise AssertionError(op)


_NUMERIC: dict[str, Callable[..., float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
    "neg": lambda a: -a,
    "abs": abs,
    "min": lambda *v: min(v),
    "max": lambda *v: max(v),
    "round": lambda a: math.floor(a + 0.5) if math.isfinite(a) else a,
    "floor": lambda a: math.floor(a) if math.isfinite(a) else a,
    "ceil": lambda a: math.ceil(a) if math.isfinite(a) else a,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "exp": math.exp,
    "sqrt": math.sqrt,
}
NUMERIC_OPS = frozenset(_NUMERIC)


def apply(op: str, args: Sequence[Maybe]) -> Maybe:
    """Apply arithmetic, a comparison, logic or a scalar function; unknown where an argument is, unless Kleene decides.

    What is too large for a float is infinite, and known: it is above every limit. Division by zero and what is no number (the
    root of a negative one, infinity less infinity) are unknown.

    >>> apply("**", [2.0, 4000]), apply("**", [-2, 4001]), apply("/", [1, 0])
    (inf, -inf, <Unknown.UNKNOWN: 'unknown'>)
    """
    if op == "and":
        return False if any(a is not UNKNOWN and not a for a in args) else UNKNOWN if UNKNOWN in args else True
    if op == "or":
        return True if any(a is not UNKNOWN and a for a in args) else UNKNOWN if UNKNOWN in args else False
    if any(a is UNKNOWN for a in args):
        return UNKNOWN
    numbers = [float(a) if isinstance(a, float) else int(a) for a in args if isinstance(a, int | float)]
    if len(numbers) != len(args):
        return UNKNOWN
    if op == "not":
        return not numbers[0]
    if op in COMPARISONS:
        return compare(op, numbers[0], numbers[1])
    if op == "**" and abs(numbers[1]) > _EXACT_EXPONENT:
        numbers = [float(n) for n in numbers]
        if numbers == [0.0, -math.inf]:
            return UNKNOWN
    try:
        result = _NUMERIC[op](*numbers)
    except OverflowError:
        return _overflow(op, numbers)
    except (ArithmeticError, ValueError):
        return UNKNOWN
    return _within_floats(result) if isinstance(result, int | float) and result == result else UNKNOWN


def _overflow(op: str, numbers: Sequence[float]) -> Maybe:
    """Return the infinity that a power or `exp` too large for a float stands for; a quotient of whole numbers is unknown."""
    if op == "exp":
        return math.inf
    if op == "**":
        return -math.inf if numbers[0] < 0 and numbers[1] % 2 == 1 else math.inf
    return UNKNOWN


def _within_floats(value: float) -> float:
    """Return a number, infinite where it is whole and beyond the floats: comparisons would raise."""
    return math.copysign(math.inf, value) if isinstance(value, int) and abs(value) >= _BEYOND else value


def aggregate(op: str, items: Sequence[Maybe]) -> Maybe:
    """Apply `sum mean count any all len min max` to a list; unknown items are skipped."""
    known = [float(v) if isinstance(v, float) else int(v) for v in items if isinstance(v, int | float)]
    match op:
        case "sum":
            return _within_floats(sum(known))
        case "count":
            return sum(bool(v) for v in known)
        case "len":
            return len(known)
        case "any":
            return any(known)
        case "all":
            return all(known)
    if not known:
        return UNKNOWN
    match op:
        case "mean":
            return float(_within_floats(sum(known))) / len(known)
        case "min":
            return min(known)
        case "max":
            return max(known)
        case _:
            raise AssertionError(op)


def static(instance: Instance) -> Maybe:
    """Return the value of an expression that needs no decision, else `UNKNOWN`; a fidelity counts at its high end.

    Raises E301 for a division by a constant zero.
    """
    match instance:
        case Constant(value=value):
            return value
        case Varying(high=high):
            return high
        case Fact(value=int(value)):
            return value
        case Scoped(body=body):
            return static(body)
        case Repeated(count=count):
            return static(count)
        case Conditional(other=None):
            return UNKNOWN
        case Formula():
            return _static_formula(instance)
        case _:
            return UNKNOWN


def _static_formula(x: Formula) -> Maybe:
    if x.op in ("guarded", "metric", "active"):
        return True if x.op == "active" and isinstance(x.args[0], Constant) else UNKNOWN
    if x.op in ("is", "is not", "in", "not in"):
        return _static_membership(x)
    if x.args and isinstance(x.args[0], Gathered):
        items = [static(i) for i in x.args[0].items]
        if x.op in ("any", "all"):
            return apply("or" if x.op == "any" else "and", items)
        return UNKNOWN if UNKNOWN in items else aggregate(x.op, items)
    args = [static(a) for a in x.args]
    if x.op == "if":
        return UNKNOWN if args[0] is UNKNOWN else args[1] if args[0] else args[2]
    if x.op in ("/", "//", "%") and is_number(args[1]) and args[1] == 0:
        raise SpaceError("E301", "division by zero", x.span)
    return apply(x.op, args)


def _static_membership(x: Formula) -> Maybe:
    left, right = static(x.args[0]), x.args[1]
    wanted = right.items if isinstance(right, Gathered) else (right,)
    if left is UNKNOWN or not all(isinstance(w, Constant) for w in wanted):
        return UNKNOWN
    found = any(same_option(left, w.value) for w in wanted if isinstance(w, Constant))
    return found != (x.op in ("is not", "not in"))


def same_option(value: Scalar, wanted: Scalar) -> bool:
    """Return whether an option of this value is meant by `wanted`: its literal, or an equal number."""
    if is_number(value) and is_number(wanted):
        return value == wanted
    return literal(value) == (wanted if isinstance(wanted, str) else literal(wanted))
