"""Questions while a network runs come too late to be searched (E706): in `forward` or what it calls, or refused when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from symbolic.errors import SpaceError, Span
from symbolic.python import choices, frames
from symbolic.python.places import Place
from symbolic.python.reach import reached
from symbolic.python.session import Session, asked_while_running, entered
from symbolic.resolver import Decision

T = TypeVar("T")

_WORDS = (choices.oneof, choices.subset, choices.permutation, choices.integer, choices.floating, choices.repeat)


def check_forward(classes: Iterable[type]) -> None:
    """Raise E706 for a class of the user's whose `forward`, or what that calls, names one of the asking words."""
    for cls in classes:
        for forward in _forwards(cls):
            for each in reached(forward, cls):
                for offset, value in each.named:
                    if any(value is word for word in _WORDS):
                        word = getattr(value, "__name__", "")
                        name, span = frames.asked_at(each.code, offset)
                        raise asked_while_running(name or f"sym.{word}", span)


def _forwards(cls: type) -> Iterator[Callable[..., Any]]:
    """Yield the `forward` of a class, and those of its bases that it may call by `super`."""
    for base in cls.__mro__:
        forward = vars(base).get("forward")
        code = getattr(forward, "__code__", None)
        if forward is None or code is None:
            continue
        if str(getattr(forward, "__module__", "")).startswith("torch."):
            return
        yield forward
        if "super" not in code.co_names:
            return


@contextmanager
def no_questions() -> Iterator[None]:
    """Refuse every question asked in the block with E706: for running a finished network for the first time."""
    with entered(Session(_Refusing(), Place("root", ""), over=True)):
        yield


@contextmanager
def none_unseen() -> Iterator[None]:
    """Refuse every question asked in the block with E707: for calling what no decision of the space hangs on."""
    with entered(Session(_Refusing(), Place("root", ""), over=True, late=_unseen)):
        yield


def _unseen(name: str, span: Span | None) -> SpaceError:
    hint = "give sym.call the class itself or another sym.call, so that its questions are seen"
    return SpaceError("E707", f"{name!r} is asked by an argument of a call, where the space does not see it", span, hint)


class _Refusing:
    """Is never asked, because the session is over."""

    def answer(self, decision: Decision, options: Sequence[object]) -> object:
        raise AssertionError(decision)

    def repeat(self, decision: Decision, body: Callable[[int], T]) -> Sequence[T]:
        raise AssertionError(decision)

    def counted(self, count: int, body: Callable[[int], T]) -> Sequence[T]:
        raise AssertionError(count)
