"""Replacing submodules of a finished network: what `edit` does when a candidate is built. E711: no such submodule."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import FunctionType
from typing import Any

from symbolic.errors import SpaceError, nearest

NAME = f"{__name__}::edited"


def edited(network: Any, parts: Mapping[str, Any]) -> Any:
    """Return a network with submodules replaced, in order: dotted path -> module, or a class or function that makes one.

    A function that needs an argument gets the old module. Raises E711 for a path that leads to no submodule.
    """
    for path, replacement in parts.items():
        above, _, last = path.rpartition(".")
        parent, old = _submodule(network, above, path), _submodule(network, path, path)
        setattr(parent, last, _made(replacement, old, path))
    return network


def takes_old(replacement: object) -> bool:
    """Return whether a replacement is a function that needs the old module.

    >>> takes_old(lambda old: old), takes_old(dict)
    (True, False)
    """
    if not isinstance(replacement, FunctionType):
        return False
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return any(p.default is p.empty and p.kind in kinds for p in inspect.signature(replacement).parameters.values())


def _made(replacement: Any, old: Any, path: str) -> Any:
    if hasattr(type(replacement), "forward") and not isinstance(replacement, type):
        return replacement
    if not callable(replacement):
        raise SpaceError(
            "E711", f"{path!r} cannot be replaced by {replacement!r}", None, "give a class, a function, or sym.call(...)"
        )
    return replacement(old) if takes_old(replacement) else replacement()


def _submodule(network: Any, path: str, whole: str) -> Any:
    if not hasattr(network, "named_modules"):
        raise SpaceError("E711", f"{whole!r} cannot be edited: {type(network).__name__} is no torch module")
    found = network
    for part in path.split(".") if path else ():
        if part not in found._modules:
            names = [name for name, _ in network.named_modules() if name]
            raise SpaceError("E711", f"the network has no submodule {whole!r}", None, nearest(whole, names))
        found = found._modules[part]
    return found
