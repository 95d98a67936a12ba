"""An objective is no target: a target is what to build, and finding its choices must never train anything.

E711 before anything runs where the text tells (the result is a number, something on the way trains or scores), else after
the first of the runs that tracing would make, or at the first gradient in it.
"""

from __future__ import annotations

import inspect
import numbers
import sys
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Any

from symbolic.errors import SpaceError
from symbolic.python import frames
from symbolic.python.reach import reached

_HINT = "a target is what to build; give a function that measures as evaluate=: sym.search(Net, evaluate=f)"
_TRAINING = frozenset({"backward", "zero_grad", "cross_val_score", "cross_validate", "cross_val_predict"})
_FITTING, _SCORING = "fit", frozenset({"score", "predict", "predict_proba", "accuracy_score", "mean_squared_error"})


def refuse_objective(target: Callable[..., Any], name: str) -> None:
    """Raise E711 for a function that says it returns a number, or trains or scores something, without running it."""
    if not isinstance(target, FunctionType):
        return
    hint = _result_of(target)
    if isinstance(hint, type) and issubclass(hint, numbers.Number | type(None)):
        what = "nothing" if hint is type(None) else f"a number ({hint.__name__})"
        raise SpaceError("E711", f"{name} returns {what}", frames.header_span(inspect.unwrap(target).__code__), _HINT)
    refuse_training(target, name)


def refuse_training(target: Callable[..., Any], name: str) -> None:
    """Raise E711 for a function that trains or scores something, itself or through functions of the user's that it calls."""
    if not isinstance(target, FunctionType):
        return
    for each in reached(target):
        words = _trains(each.code)
        if words:
            shown = "itself" if each.code is target.__code__ else f"in {each.code.co_name}"
            message = f"{name} trains or scores something ({', '.join(sorted(words))}, {shown})"
            raise SpaceError("E711", message, frames.header_span(each.code), _HINT)


def refuse_result(result: object, target: Callable[..., Any], name: str) -> None:
    """Raise E711 for a function that returned nothing, a number, or numbers."""
    if not isinstance(target, FunctionType):
        return
    span = frames.header_span(inspect.unwrap(target).__code__)
    if result is None:
        raise SpaceError("E711", f"{name} returns nothing", span, _HINT)
    several = result if type(result) is tuple and result else (result,)
    if all(_number(each) for each in several):
        shown = f"the number {result!r}" if len(several) == 1 else f"the numbers {result!r}"
        raise SpaceError("E711", f"{name} returns {shown}", span, _HINT)


@contextmanager
def no_gradients(name: str) -> Iterator[None]:
    """Raise E711 as soon as a gradient is computed in the block; nothing where torch is not loaded."""
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return

    def refuse(_: object) -> object:
        raise SpaceError("E711", f"{name} trains while its choices are looked for", None, _HINT)

    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: tensor, refuse):
        yield


def _result_of(function: FunctionType) -> object:
    """Return the annotation of a function's result, evaluated where it can be; a missing one as itself."""
    try:
        return typing.get_type_hints(function).get("return", Any)
    except (NameError, AttributeError, TypeError):
        return Any


def _trains(code: CodeType) -> set[str]:
    """Return the names in a code that builders do not use: of gradients and scores."""
    found = _TRAINING & set(code.co_names)
    scored = _SCORING & set(code.co_names)
    return {*found, _FITTING, *scored} if scored and _FITTING in code.co_names else set(found)


def _number(value: object) -> bool:
    """Return whether a value is a number, one of NumPy's, or a tensor without axes. Stand-ins for numbers look like them."""
    return isinstance(value, numbers.Number) or (getattr(value, "ndim", None) == 0 and hasattr(value, "item"))
