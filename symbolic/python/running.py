"""Running a user's constructor for tracing: on torch's meta device when torch is loaded, errors wrapped once.

E708: the constructor raised, with the decision values that led to it. E703: it raised because of a description as a value.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from symbolic.errors import SpaceError, Span
from symbolic.python import frames
from symbolic.python.asked import Asked, Interval, Options, undecorated
from symbolic.python.places import Place

_HINT = "exclude the combination with require= or forbid=, or make the constructor accept it"


@contextmanager
def meta_device() -> Iterator[None]:
    """Make tensors without storage, and leave torch's random state as it was; nothing where torch is not loaded."""
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        yield


@contextmanager
def real_device() -> Iterator[None]:
    """Leave torch's random state as it was; nothing where torch is not loaded."""
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    with torch.random.fork_rng(devices=[]):
        yield


def raised(name: str, error: Exception, values: Mapping[Place, Any], span: Span | None = None) -> SpaceError:
    """Return E708 for an exception in a user's constructor, with the values that led to it; `span` where no line is the user's.

    Or E703, where the reason is a description that nobody answered, which code in C does not know what to do with.
    """
    stray = _stray(error)
    if stray is not None:
        return undecorated(stray.span)
    chosen = ", ".join(f"{place} = {value}" for place, value in values.items())
    where = f"with {chosen}" if chosen else "with its defaults"
    said = str(error).strip().partition("\n")[0]
    message = f"{name} cannot be constructed {where}: {type(error).__name__}: {said}"
    return SpaceError("E708", message, _place_of(error) or span, _HINT if chosen else None)


def _place_of(error: Exception) -> Span | None:
    """Return the innermost line outside of installed packages and this one."""
    for frame, _ in reversed(list(traceback.walk_tb(error.__traceback__))):
        module = str(frame.f_globals.get("__name__", ""))
        if not module.startswith(("torch.", "symbolic.")) and "site-packages" not in frame.f_code.co_filename:
            return frames.span_of(frame)
    return None


def _stray(error: Exception) -> Asked | None:
    """Return a description among the arguments of the functions that an exception came through, or None."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if not str(frame.f_globals.get("__name__", "")).startswith("symbolic."):
            for name in frame.f_code.co_varnames[: frame.f_code.co_argcount + frame.f_code.co_kwonlyargcount]:
                value = frame.f_locals.get(name)
                if type(value) in (Options, Interval):
                    return value
    return None


def guarded(call: Callable[[], object]) -> Exception | None:
    """Run a constructor; return the exception it raised, or None. Our own errors pass."""
    try:
        call()
    except SpaceError:
        raise
    except Exception as error:
        return error
    return None
