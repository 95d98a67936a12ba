"""Whether two questions with one name ask the same: then they are one decision, else E202.

Options may be made afresh in every run, so functions and classes are the same where the same source makes them.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Iterable
from typing import Any

from symbolic.python.asked import Asked, Interval, Options
from symbolic.python.labels import literal
from symbolic.python.probe import Probe, plain


def difference(first: Asked, second: Asked) -> str | None:
    """Return in words what differs between two questions that one run asks, None if they ask the same."""
    if not alike(first, second):
        return "options"
    match first, second:
        case Options(), Options():
            pairs = zip(first.options, second.options, strict=True)
            if not all(_same(a, b) for a, b in pairs):
                return "options behind equal labels"
            return _difference(("defaults", first.default, second.default), ("weights", first.weights, second.weights))
        case Interval(), Interval():
            ends = [(end, other) for end, other in ((first.low, second.low), (first.high, second.high))]
            if any(plain(end) != plain(other) for end, other in ends):
                return "options"
            return _difference(
                ("defaults", plain(first.default), plain(second.default)), ("priors", plain(first.prior), plain(second.prior))
            )
        case _:
            return "options"


def alike(first: Asked, second: Asked) -> bool:
    """Return whether two questions of any two runs can be one decision; ends and options may follow earlier answers."""
    match first, second:
        case Options(), Options():
            forms = (first.form, first.labels, first.low, first.high) == (second.form, second.labels, second.low, second.high)
            return forms
        case Interval(), Interval():
            ends = [end for each in (first, second) for end in (each.low, each.high)]
            fixed = (first.kind, first.step, first.log) == (second.kind, second.step, second.log)
            if all(type(end) in (int, float) for end in ends):
                return fixed and (first.low, first.high) == (second.low, second.high)
            return fixed
        case _:
            return False


def constant(asked: Asked) -> bool:
    """Return whether nothing that a question offers is computed from earlier answers, as far as stand-ins tell."""
    offered: Iterable[Any] = asked.options if isinstance(asked, Options) else (asked.low, asked.high)
    return not any(type(each) is Probe for each in offered)


def _difference(*pairs: tuple[str, Any, Any]) -> str | None:
    return next((word for word, a, b in pairs if a != b), None)


def _same(first: Any, second: Any) -> bool:
    """Return whether two options are the same value, or made by the same source."""
    if first is second:
        return True
    if type(first) is not type(second):
        return plain(first) == plain(second) if Probe in (type(first), type(second)) else False
    match first:
        case functools.partial():
            return _same(first.func, second.func) and _all(first.args, second.args) and _named(first.keywords, second.keywords)
        case types.FunctionType():
            return bool(first.__code__ == second.__code__)
        case types.MethodType():
            return first.__func__ is second.__func__
        case type():
            return (first.__module__, first.__qualname__) == (second.__module__, second.__qualname__)
        case _ if literal(first) is not None or type(first) is Probe:
            return bool(plain(first) == plain(second)) and repr(first) == repr(second)
        case _:
            # Objects made on the spot, such as `nn.ReLU()`, are told apart by what they show.
            return repr(first) == repr(second) or not _shows(type(first))


def _shows(cls: type) -> bool:
    """Return whether the text of an object of a class says more than where it lies in memory."""
    return any("__repr__" in vars(base) for base in cls.__mro__[:-1])


def _all(first: tuple[Any, ...], second: tuple[Any, ...]) -> bool:
    return len(first) == len(second) and all(_same(a, b) for a, b in zip(first, second, strict=True))


def _named(first: dict[str, Any], second: dict[str, Any]) -> bool:
    return first.keys() == second.keys() and all(_same(first[name], second[name]) for name in first)
