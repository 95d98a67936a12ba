"""Lower case asks: `oneof subset permutation integer floating repeat scope lift` stand in bodies that run in construction.

Outside a search they return their default and leave no trace. E701: the choice has no name. E702: a question where nothing
is constructed (module or class level, a `def` header). E706: a question in `forward`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any, TypeVar, overload

import attrs

from symbolic.errors import SpaceError
from symbolic.python import frames
from symbolic.python.asked import MISSING, Interval, Options, ends_of, interval_of, middle, options_of, picked_of
from symbolic.python.labels import several
from symbolic.python.session import Session, asked_while_running, current

T = TypeVar("T")
R = TypeVar("R")
A = TypeVar("A", Options, Interval)
_OPTIMIZED = 1  # code flag of functions, absent from modules and class bodies


@overload
def oneof(
    options: Mapping[str, Callable[..., R]],
    /,
    *,
    default: object = ...,
    weights: Sequence[float] | None = ...,
    name: str | None = ...,
    doc: str | None = ...,
    shared: bool = ...,
) -> Callable[..., R]: ...
@overload
def oneof(
    options: Mapping[str, T],
    /,
    *,
    default: object = ...,
    weights: Sequence[float] | None = ...,
    name: str | None = ...,
    doc: str | None = ...,
    shared: bool = ...,
) -> T: ...
@overload
def oneof(
    option: type[R],
    /,
    *options: type[R],
    default: object = ...,
    weights: Sequence[float] | None = ...,
    name: str | None = ...,
    doc: str | None = ...,
    shared: bool = ...,
) -> type[R]: ...
@overload
def oneof(
    option: T,
    /,
    *options: T,
    default: object = ...,
    weights: Sequence[float] | None = ...,
    name: str | None = ...,
    doc: str | None = ...,
    shared: bool = ...,
) -> T: ...
def oneof(
    *options: object,
    default: object = MISSING,
    weights: Sequence[float] | None = None,
    name: str | None = None,
    doc: str | None = None,
    shared: bool = False,
) -> Any:
    """Ask for one of the options (or of one mapping from labels); outside a search the default, else the first.

    The name is `name=`, or the variable or attribute that the call (or the call of its result) is assigned to. Two
    questions with one name and equal options in one scope are one decision; `shared=True` allows that for one line.
    Raises `SpaceError` E103 E206 E304 E306 E307 for what is wrong with the options, E701-E706 for where it stands.

    >>> def make():
    ...     return oneof(3, 5), oneof({"small": 16, "large": 64}, default="large")
    >>> make()
    (3, 64)
    """
    session, frame = current(), sys._getframe(1)
    if session is None:
        if not _may_stand(frame.f_code, frame.f_lasti):
            _refuse_place(frame, "sym.oneof", "OneOf")
        if default is MISSING and weights is None and len(options) > 1:
            return options[0]
    span = frames.span_of(frame)
    asked = options_of(options, default=default, weights=weights, name=name, doc=doc, span=span)
    if session is None or len(asked.options) == 1:
        return asked.options[asked.default[0]]
    return _options(session, asked, frame, shared)


def subset(
    options: Mapping[str, T] | Sequence[T],
    pick: int | tuple[int, int],
    *,
    default: Sequence[object] | None = None,
    weights: Sequence[float] | None = None,
    name: str | None = None,
    doc: str | None = None,
    shared: bool = False,
) -> tuple[T, ...]:
    """Ask for `pick` options (or `pick[0]` to `pick[1]`) in written order; outside a search the first `pick[0]`.

    All sets are equally likely: `weights` raises E306.

    >>> def make():
    ...     return subset(["crop", "flip", "cutout"], (1, 2))
    >>> make()
    ('crop',)
    """
    session, frame = current(), sys._getframe(1)
    low, high = ends_of(pick, frames.span_of(frame))
    given = several(options, frames.span_of(frame))
    span = frames.span_of(frame)
    asked = picked_of("subset", given, low, high, default=default, weights=weights, name=name, doc=doc, span=span)
    if session is None:
        _refuse_place(frame, "sym.subset", "Subset")
        return tuple(asked.options[index] for index in asked.default)  # type: ignore[misc]
    return _options(session, asked, frame, shared)  # type: ignore[no-any-return]


def permutation(
    options: Mapping[str, T] | Sequence[T],
    *,
    default: Sequence[object] | None = None,
    weights: Sequence[float] | None = None,
    name: str | None = None,
    doc: str | None = None,
    shared: bool = False,
) -> tuple[T, ...]:
    """Ask for an order of all options; outside a search the written one. `weights` raises E306.

    >>> def make():
    ...     return permutation(["a", "b"])
    >>> make()
    ('a', 'b')
    """
    session, frame = current(), sys._getframe(1)
    given = several(options, frames.span_of(frame))
    span = frames.span_of(frame)
    count = len(options)
    asked = picked_of("permutation", given, count, count, default=default, weights=weights, name=name, doc=doc, span=span)
    if session is None:
        _refuse_place(frame, "sym.permutation", "Permutation")
        return tuple(asked.options[index] for index in asked.default)  # type: ignore[misc]
    return _options(session, asked, frame, shared)  # type: ignore[no-any-return]


def integer(
    low: int,
    high: int,
    *,
    step: int | None = None,
    log: bool = False,
    default: int | None = None,
    prior: int | None = None,
    name: str | None = None,
    doc: str | None = None,
    shared: bool = False,
) -> int:
    """Ask for a whole number, both ends included; outside a search the default, else the low end.

    The ends may be computed from earlier answers: `integer(2, 2 ** depth)`. Raises E301-E307 for a wrong range.

    >>> def make():
    ...     return integer(16, 64, step=16), integer(1, 3, default=2)
    >>> make()
    (16, 2)
    """
    session, frame = current(), sys._getframe(1)
    if session is None:
        if not _may_stand(frame.f_code, frame.f_lasti):
            _refuse_place(frame, "sym.integer", "Range")
        if default is None and prior is None and step is None and not log and type(low) is type(high) is int and low <= high:
            return low
    span = frames.span_of(frame)
    asked = interval_of("integer", low, high, step=step, log=log, default=default, prior=prior, name=name, doc=doc, span=span)
    return _number(session, asked, frame, shared)  # type: ignore[no-any-return]


def floating(
    low: float,
    high: float,
    *,
    step: float | None = None,
    log: bool = False,
    default: float | None = None,
    prior: float | None = None,
    name: str | None = None,
    doc: str | None = None,
    shared: bool = False,
) -> float:
    """Ask for a number, both ends included; outside a search the default, else the middle on its own scale.

    >>> def make():
    ...     return floating(0.0, 0.5), floating(1e-4, 1e-2, log=True)
    >>> make()
    (0.25, 0.001)
    """
    session, frame = current(), sys._getframe(1)
    if session is None:
        if not _may_stand(frame.f_code, frame.f_lasti):
            _refuse_place(frame, "sym.floating", "Range")
        if default is prior is step is None and type(low) is type(high) is float and 0 < high - low < math.inf and not log:
            return middle(low, high, None, False)
    span = frames.span_of(frame)
    asked = interval_of("float", low, high, step=step, log=log, default=default, prior=prior, name=name, doc=doc, span=span)
    return _number(session, asked, frame, shared)  # type: ignore[no-any-return]


def repeat(
    body: Callable[[int], T],
    low: int,
    high: int | None = None,
    *,
    default: int | None = None,
    prior: int | None = None,
    name: str | None = None,
    doc: str | None = None,
    shared: bool = False,
) -> list[T]:
    """Return `[body(0), body(1), ...]`: `low..high` of them as decided, or `low` where `high` is left out.

    Every round has its own scope `name[i]`. Without `high`, `low` may be an earlier answer. Outside a search `default`,
    else `prior`, else `low` rounds.

    >>> def make():
    ...     return repeat(lambda i: i * i, 3), repeat(lambda i: i, 1, 4, default=2)
    >>> make()
    ([0, 1, 4], [0, 1])
    """
    session, frame = current(), sys._getframe(1)
    if session is None:
        if not _may_stand(frame.f_code, frame.f_lasti):
            _refuse_place(frame, "sym.repeat", "Range")
        if default is prior is None and type(low) is int and low >= 0 and (high is None or (type(high) is int and low <= high)):
            return [body(index) for index in range(low)]
    span = frames.span_of(frame)
    last = low if high is None else high
    asked = interval_of("count", low, last, default=default, prior=prior, name=name, doc=doc, span=span)
    if session is None:
        return [body(index) for index in range(int(asked.start))]
    asked = _with_name(asked, frame)
    assert asked.name is not None
    if high is None or (_single(asked) and not session.knows(frame, asked.name)):
        place = session.series(frame, _site(frame), asked, shared)
        rounds = session.rounds(place, body)
        return list(map(rounds, range(low)) if type(low) is int else session.resolver.counted(low, rounds))
    place, decision = session.ask(asked, frame, _site(frame), shared)
    return list(session.resolver.repeat(decision, session.rounds(place, body)))


@contextmanager
def _opened(session: Session, frame: FrameType, name: str, index: int | None) -> Iterator[None]:
    session.scopes.open(frame, name, index)
    try:
        yield
    finally:
        session.scopes.close(frame)


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def scope(name: str, index: int | None = None) -> Any:
    """Open a scope in a with-statement: choices asked in it have the path `name/...` or `name[index]/...`.

    >>> def make():
    ...     with scope("layer", 0):
    ...         return oneof(3, 5, name="kernel")
    >>> make()
    3
    """
    session = current()
    if not isinstance(name, str) or not name or any(mark in name for mark in "/[]#"):
        raise SpaceError("E103", f"{name!r} cannot be the name of a scope", frames.span_of(sys._getframe(1)))
    if isinstance(index, bool | str | float) or (type(index) is int and index < 0):
        raise SpaceError("E305", f"the index {index!r} of a scope is no whole number from 0", frames.span_of(sys._getframe(1)))
    return _nothing() if session is None else _opened(session, sys._getframe(1), name, index)


def lift(function: Callable[..., T], *args: Any) -> T:
    """Apply a plain function to numbers that may stand for several values at once (in a supernet, while tracing).

    Raises `SpaceError` E711 for what is no function.

    >>> lift(max, 3, 5)
    5
    """
    if not callable(function):
        span = frames.span_of(sys._getframe(1))
        raise SpaceError("E711", f"sym.lift applies a function to numbers, not {function!r}", span, "write sym.lift(max, a, b)")
    for arg in args:
        apply = getattr(type(arg), "__symbolic_lift__", None)
        if apply is not None:
            return apply(arg, function, args)  # type: ignore[no-any-return]
    return function(*args)


def _options(session: Session, asked: Options, frame: FrameType, shared: bool) -> Any:
    named = _with_name(asked, frame)
    place, decision = session.ask(named, frame, _site(frame), shared)
    return session.answer(named, place, decision)


def _number(session: Session | None, asked: Interval, frame: FrameType, shared: bool) -> Any:
    if session is None:
        return asked.start
    named = _with_name(asked, frame)
    if _single(named) and not session.knows(frame, named.name):
        return asked.low
    _, decision = session.ask(named, frame, _site(frame), shared)
    return session.resolver.answer(decision, ())


def _single(asked: Interval) -> bool:
    """Return whether a range has one value, which is no decision unless its ends differ for other answers."""
    plain = type(asked.low) in (int, float) and type(asked.high) in (int, float)
    return plain and bool(asked.low == asked.high)


def _site(frame: FrameType) -> Hashable:
    return frame.f_code, frame.f_lasti


def _with_name(asked: A, frame: FrameType) -> A:
    """Return the question with its name. Raises E701 without one, E702 or E706 where no question may stand."""
    used = _refuse_place(frame, "this choice", "OneOf(...) or sym.Range")
    if asked.name is not None:
        return asked
    if used.name is None:
        hint = 'add name="...", or make it the whole right side of an assignment'
        raise SpaceError("E701", "this choice has no name", asked.span, hint)
    return attrs.evolve(asked, name=used.name)


@frames.per_code
def _may_stand(code: CodeType, instruction: int) -> bool:
    """Return whether a question may be asked at an instruction: in a body that constructs."""
    used = frames.usage(code, instruction)
    return not used.header and not used.forward and bool(code.co_flags & _OPTIMIZED)


def _refuse_place(frame: FrameType, word: str, capital: str) -> frames.Usage:
    """Refuse a question where nothing is constructed: it would be asked once, at import, and never again."""
    code = frame.f_code
    used = frames.usage(code, frame.f_lasti)
    if used.header or not code.co_flags & _OPTIMIZED:
        where = "in a signature" if used.header else "outside of a function"
        hint = f"write sym.{capital}(...)" if used.header else f"write sym.{capital}(...) or move it into the constructor"
        message = f"{word} {where} would be asked once, when the line is run, and never again"
        raise SpaceError("E702", message, frames.span_of(frame), hint)
    if used.forward:
        raise asked_while_running(used.name or word, frames.span_of(frame))
    return used
