"""Numbers that stand for a decision while a program is traced: arithmetic keeps their formula, reading is noticed."""

from __future__ import annotations

import math
import operator
import os
import sys
import sysconfig
from collections.abc import Callable, Hashable, Iterable, Sequence
from types import FrameType
from typing import Any

import attrs

from symbolic.python.formulas import Applied, Formula, Opaque, leaves
from symbolic.python.places import Place

_LIBRARIES = tuple({os.path.join(sysconfig.get_path(name), "") for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_OURS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "")


def is_library(filename: str) -> bool:
    """Return whether a file belongs to Python or an installed package."""
    return filename.startswith(_LIBRARIES)


def plain(value: Any) -> Any:
    """Return the number behind a probe without reading it, and anything else as it is."""
    return value.value if type(value) is Probe else value


def formula_of(value: Any) -> Formula:
    """Return the formula behind a probe, and anything else as it is."""
    return value.formula if type(value) is Probe else value


@attrs.define(eq=False)
class Reads:
    """Which decisions were read as plain values in user code, and on which lines."""

    lines: dict[Place, set[Hashable]] = attrs.field(factory=dict)

    def note(self, places: Iterable[Place]) -> None:
        """Note a read by the nearest frame of user code; library code holds no choice points."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename.startswith(_OURS):
            frame = frame.f_back
        if frame is None or is_library(frame.f_code.co_filename):
            return
        for place in places:
            self.lines.setdefault(place, set()).add((frame.f_code, frame.f_lasti))


def _value(other: object) -> Any:
    return other.read() if type(other) is Probe else other


def _binary(op: str, function: Callable[[Any, Any], Any], swapped: bool) -> Callable[[Probe, Any], Any]:
    def apply(self: Probe, other: Any) -> Any:
        if type(other) is not Probe and type(other) not in (int, float):
            # Lists, tensors and the like need the plain number.
            return function(other, self.read()) if swapped else function(self.read(), other)
        first, second = (other, self) if swapped else (self, other)
        return Probe(function(plain(first), plain(second)), Applied(op, (formula_of(first), formula_of(second))), self.reads)

    return apply


def _unary(op: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def apply(self: Probe, *digits: int) -> Any:
        if digits and digits != (0,):
            return function(self.read(), *digits)
        return Probe(function(self.value), Applied(op, (self.formula,)), self.reads)

    return apply


class Probe:
    """A number that stands for a decision, or for arithmetic over some: it knows its formula and reports being read.

    It is no subclass of a number, because C code reads those unseen, but `isinstance` takes it for one.
    """

    __slots__ = ("formula", "reads", "value")

    def __init__(self, value: Any, formula: Formula, reads: Reads) -> None:
        self.value, self.formula, self.reads = value, formula, reads

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return type(self.value)

    def read(self) -> Any:
        """Return the plain value, noting the decisions behind it as read."""
        self.reads.note(leaves(self.formula))
        return self.value

    def __symbolic_lift__(self, function: Callable[..., Any], args: Sequence[Any]) -> Probe:
        value = function(*(plain(arg) for arg in args))
        return Probe(value, Opaque(function, tuple(formula_of(arg) for arg in args)), self.reads)

    def __index__(self) -> int:
        return operator.index(self.read())

    def __int__(self) -> int:
        return int(self.read())

    def __float__(self) -> float:
        return float(self.read())

    def __bool__(self) -> bool:
        return bool(self.read())

    def __hash__(self) -> int:
        return hash(self.read())

    def __eq__(self, other: object) -> bool:
        return bool(self.read() == _value(other))

    def __ne__(self, other: object) -> bool:
        return bool(self.read() != _value(other))

    def __lt__(self, other: Any) -> bool:
        return bool(self.read() < _value(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.read() <= _value(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.read() > _value(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.read() >= _value(other))

    def __repr__(self) -> str:
        return repr(self.value)

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    def __getattr__(self, name: str) -> Any:
        # `bit_length`, `real`, `is_integer`, ...
        return getattr(self.read(), name)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self.value), (self.read(),)

    __add__, __radd__ = _binary("+", operator.add, swapped=False), _binary("+", operator.add, swapped=True)
    __sub__, __rsub__ = _binary("-", operator.sub, swapped=False), _binary("-", operator.sub, swapped=True)
    __mul__, __rmul__ = _binary("*", operator.mul, swapped=False), _binary("*", operator.mul, swapped=True)
    __mod__, __rmod__ = _binary("%", operator.mod, swapped=False), _binary("%", operator.mod, swapped=True)
    __pow__, __rpow__ = _binary("**", operator.pow, swapped=False), _binary("**", operator.pow, swapped=True)
    __truediv__, __rtruediv__ = _binary("/", operator.truediv, swapped=False), _binary("/", operator.truediv, swapped=True)
    __floordiv__, __rfloordiv__ = (
        _binary("//", operator.floordiv, swapped=False),
        _binary("//", operator.floordiv, swapped=True),
    )
    __neg__, __abs__ = _unary("neg", operator.neg), _unary("abs", abs)
    __round__, __floor__, __ceil__ = _unary("round", round), _unary("floor", math.floor), _unary("ceil", math.ceil)
