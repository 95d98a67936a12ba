"""How a user's function is called: with what a candidate builds, and with the trial where it takes two arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection

from backends.errors import BackendError


def takes_trial(function: Callable[..., object]) -> bool:
    """Return whether a function wants the trial too: its second positional argument has no default, or is called `trial`.

    >>> takes_trial(lambda net: 0.0), takes_trial(lambda net, trial: 0.0), takes_trial(lambda net, epochs=3: 0.0)
    (False, True, False)
    """
    places = _places(function)
    return len(places) > 1 and (places[1].default is places[1].empty or places[1].name == "trial")


def check_function(function: Callable[..., object], entries: Collection[str]) -> None:
    """Raise `BackendError` for a function that cannot be called with what is built (and the trial), before it is called.

    `entries`: names of the space's entries; a function that takes two of them by name is meant for a call with keywords.
    """
    name = getattr(function, "__qualname__", None) or repr(function)
    kinds: dict[str, Callable[[object], bool]] = {
        "coroutine": inspect.iscoroutinefunction,
        "generator": inspect.isgeneratorfunction,
    }
    for kind, is_one in kinds.items():
        if is_one(function) or is_one(getattr(function, "__call__", None)):  # noqa: B004  # an object of a class that is one
            raise BackendError(f"{name} is a {kind} function, which gives no number when it is called; write a plain one")
    places = _places(function)
    called = [place.name for place in places[:2]]
    if len(called) == 2 and all(place in entries for place in called) and takes_trial(function):
        raise BackendError(
            f"{name}({', '.join(called)}) takes values by name, and gets one dict of them by path: "
            f'write def {_plain(name)}(values), and in it values["{called[0]}"]'
        )
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*((None, None) if takes_trial(function) else (None,)))
    except TypeError as e:
        raise BackendError(
            f"{name}{signature} cannot be called with what a candidate builds ({e}): write def {_plain(name)}(built), "
            f"or def {_plain(name)}(built, trial) to report while it runs"
        ) from e


def _places(function: Callable[..., object]) -> list[inspect.Parameter]:
    """The arguments that may be given by position; none where a builtin does not say."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def _plain(name: str) -> str:
    last = name.rsplit(".", 1)[-1]
    return last if last.isidentifier() else "f"
