"""Questions while a network runs come too late to be searched (E706): found in `forward`, or refused when asked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import CodeType, ModuleType
from typing import Any, TypeVar

from symbolic.errors import SpaceError, Span
from symbolic.python import choices, frames
from symbolic.python.places import Place
from symbolic.python.session import Session, asked_while_running, entered
from symbolic.resolver import Decision

T = TypeVar("T")

_WORDS: dict[str, Callable[..., Any]] = {
    "oneof": choices.oneof,
    "subset": choices.subset,
    "permutation": choices.permutation,
    "integer": choices.integer,
    "floating": choices.floating,
    "repeat": choices.repeat,
}


def check_forward(classes: Iterable[type]) -> None:
    """Raise E706 for a class of the user's whose `forward` names one of the asking words."""
    for cls in classes:
        forward = getattr(cls, "forward", None)
        code = getattr(forward, "__code__", None)
        module = str(getattr(forward, "__module__", ""))
        if code is None or module.startswith("torch."):
            continue
        for inner in _codes(code):
            for word, function in _WORDS.items():
                if word in inner.co_names and _means(word, function, inner, vars(sys.modules[module])):
                    raise asked_while_running(f"sym.{word}", frames.call_span(inner, word))


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield a function's code and those of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _means(word: str, function: Callable[..., Any], code: CodeType, names: dict[str, Any]) -> bool:
    """Return whether a word in a function's code is ours: imported by itself or as an attribute of this library."""
    if names.get(word) is function:
        return True
    ours = (name for name in code.co_names if isinstance(names.get(name), ModuleType))
    return any(getattr(names[name], word, None) is function for name in ours)


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
