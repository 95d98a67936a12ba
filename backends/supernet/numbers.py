"""Elastic numbers: integers (and floats) whose value is a decision. Arithmetic is exact, every unboxing is seen.

An elastic number must not subclass `int`: C code reads a subclass's digits directly. It says it is an `int` to
`isinstance`, which torch's and users' checks need, and is none to C, which therefore has to ask `__index__`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from backends.supernet import places
from backends.supernet.expressions import (
    Apply,
    Expression,
    Number,
    Operation,
    Real,
    assignments,
    countable,
    evaluate,
    leaves,
    operation,
    show,
)
from backends.supernet.refusal import Refusal
from backends.supernet.state import Reading, State

_QUIET = frozenset({"reset_parameters", "_reset_parameters", "extra_repr", "__repr__", "init_weights"})
"""Functions that may read sizes while building: initialisers see the largest network."""


class Elastic:
    """A number that depends on decisions. While building it refuses to become one number; in `forward` it is the step's."""

    __slots__ = ("expression", "state")

    def __init__(self, expression: Expression, state: State) -> None:
        self.expression, self.state = expression, state

    @property  # type: ignore[misc]  # `object` declares a plain attribute
    def __class__(self) -> type:
        return int

    def __deepcopy__(self, memo: object) -> Elastic:
        return self

    def now(self) -> Real:
        """Return the step's number; while building the largest."""
        return self.state.largest(self.expression) if self.state.building else self.state.physical(self.expression)

    def __index__(self) -> int:
        if self.state.building:
            self._remember()
        try:
            return int(self.now())
        except Refusal as refusal:
            self.state.refusal = refusal  # C code that asks replaces the error by one of its own
            raise

    def _remember(self) -> None:
        frame = places.reader()
        if frame.f_code.co_name in _QUIET:
            return
        key = (frame.f_code, frame.f_lasti, self.expression)
        if key not in self.state.readings:
            self.state.readings[key] = Reading(self.expression, places.span(places.user(frame)))

    def _unbox(self, what: str, remedy: str) -> Real:
        if self.state.building and places.reader().f_code.co_name not in _QUIET:
            raise self._refusal(what, remedy)
        return self.now()

    def _refusal(self, what: str, remedy: str, expression: Expression | None = None) -> Refusal:
        span = places.span(places.user(places.reader()))
        return self.state.refuse(what, self.expression if expression is None else expression, span, remedy)

    def __int__(self) -> int:
        return int(self._unbox("int()", "write `w // 2` for int(w / 2), or sym.lift(f, w)"))

    def __float__(self) -> float:
        return float(self._unbox("float() or a math function", "write `w ** 0.5` for sqrt, or sym.lift(f, w)"))

    def __hash__(self) -> int:
        return hash(self._unbox("use as a dictionary key or set member", "write a oneof of the values instead of a lookup"))

    def __bool__(self) -> bool:
        return self._compare(operator.ne, 0, "truth value")

    def __eq__(self, other: object) -> bool:
        return self._compare(operator.eq, other)

    def __ne__(self, other: object) -> bool:
        return self._compare(operator.ne, other)

    def __lt__(self, other: object) -> bool:
        return self._compare(operator.lt, other)

    def __le__(self, other: object) -> bool:
        return self._compare(operator.le, other)

    def __gt__(self, other: object) -> bool:
        return self._compare(operator.gt, other)

    def __ge__(self, other: object) -> bool:
        return self._compare(operator.ge, other)

    def _compare(self, compare: Callable[[Any, Any], bool], other: object, what: str = "comparison") -> bool:
        if not isinstance(other, (int, float)):
            return compare is operator.ne
        right = expression(other)
        if not self.state.building:
            return compare(self.now(), self.state.physical(right))
        both = Apply(_pair, (self.expression, right))
        paths = leaves(both)
        answers = {
            compare(evaluate(self.expression, values), evaluate(right, values))
            for values in assignments(paths, self.state.options)
        }
        if len(answers) == 1:
            return answers.pop()
        shown = self.expression if isinstance(right, Number) else both
        remedy = "make the two branches options of a oneof; for max and min write sym.lift(max, a, b)"
        raise self._refusal(f"{what} that differs between candidates", remedy, shown)

    def _with(self, name: Operation, other: object, swapped: bool = False) -> Any:
        if isinstance(other, (list, tuple, str)):
            raise self._refusal("repetition of a list", "write sym.repeat(body, count)")
        if not isinstance(other, (int, float)):
            return NotImplemented
        left, right = (other, self) if swapped else (self, other)
        return number(operation(name, expression(left), expression(right)), self.state)

    def __add__(self, other: object) -> Any:
        return self._with("add", other)

    def __radd__(self, other: object) -> Any:
        return self._with("add", other, swapped=True)

    def __sub__(self, other: object) -> Any:
        return self._with("sub", other)

    def __rsub__(self, other: object) -> Any:
        return self._with("sub", other, swapped=True)

    def __mul__(self, other: object) -> Any:
        return self._with("mul", other)

    def __rmul__(self, other: object) -> Any:
        return self._with("mul", other, swapped=True)

    def __floordiv__(self, other: object) -> Any:
        return self._with("floordiv", other)

    def __rfloordiv__(self, other: object) -> Any:
        return self._with("floordiv", other, swapped=True)

    def __mod__(self, other: object) -> Any:
        return self._with("mod", other)

    def __rmod__(self, other: object) -> Any:
        return self._with("mod", other, swapped=True)

    def __truediv__(self, other: object) -> Any:
        return self._with("truediv", other)

    def __rtruediv__(self, other: object) -> Any:
        return self._with("truediv", other, swapped=True)

    def __pow__(self, other: object) -> Any:
        return self._with("pow", other)

    def __rpow__(self, other: object) -> Any:
        return self._with("pow", other, swapped=True)

    def __neg__(self) -> Any:
        return self._with("mul", -1)

    def __round__(self, digits: int | None = None) -> Any:
        return lift(round, self) if digits is None else lift(round, self, digits)

    def __floor__(self) -> Any:
        return lift(math.floor, self)

    def __ceil__(self) -> Any:
        return lift(math.ceil, self)

    def __trunc__(self) -> Any:
        return lift(math.trunc, self)

    def __symbolic_lift__(self, function: Callable[..., Any], args: Sequence[Any]) -> Any:
        return lift(function, *args)

    def __repr__(self) -> str:
        return show(self.expression)

    def __format__(self, spec: str) -> str:
        return format(self.now(), spec)


def _pair(left: Real, right: Real) -> Real:
    raise AssertionError("only carries the decisions of a comparison")


def expression(value: object) -> Expression:
    """Return the expression of a number, elastic or plain."""
    if type(value) is Elastic:
        return value.expression
    assert isinstance(value, (int, float))
    return Number(value)


def number(e: Expression, state: State) -> Real | Elastic:
    """Return an elastic number, or a plain one where all candidates agree (as far as they can all be looked at)."""
    if isinstance(e, Number):
        return e.value
    paths = leaves(e)
    if not any(path in state.defaults for path in paths) and countable(paths, state.options):
        values = {evaluate(e, v) for v in assignments(paths, state.options)}
        if len(values) == 1:
            return values.pop()
    return Elastic(e, state)


def lift(function: Callable[..., Any], *args: Any) -> Any:
    """Apply a plain function to numbers that may be elastic; without one among them this is `function(*args)`.

    >>> lift(max, 3, 4)
    4
    """
    state = next((a.state for a in args if type(a) is Elastic), None)
    if state is None:
        return function(*args)
    return number(Apply(function, tuple(expression(a) for a in args)), state)


def elastic(value: object) -> Iterator[Elastic]:
    """Yield the elastic numbers in a value, inside lists, tuples and dicts too."""
    if type(value) is Elastic:
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from elastic(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from elastic(item)


def fill(value: Any) -> Any:
    """Return a copy of a value with the step's numbers in place of elastic ones."""
    if type(value) is Elastic:
        return value.now()
    if isinstance(value, tuple):
        items = [fill(item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, list):
        return [fill(item) for item in value]
    if isinstance(value, dict):
        return {key: fill(item) for key, item in value.items()}
    return value
