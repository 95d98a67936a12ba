"""Where code comes from: PyTorch and what is installed is imported by the text, the user's own code and ours is copied."""

from __future__ import annotations

import importlib
import sys

from torch import nn

OURS = frozenset({"symbolic", "algorithms", "backends"})
_SITES = ("site-packages", "dist-packages")
CONTAINERS: tuple[type[nn.Module], ...] = (nn.Sequential, nn.ModuleList, nn.ModuleDict)


def installed(module: str) -> bool:
    """Return whether a module is of Python itself or of an installed package, other than this library."""
    top = module.partition(".")[0]
    if top in OURS:
        return False
    if top in sys.stdlib_module_names:
        return top != "__main__"
    found = sys.modules.get(top)
    places = [getattr(found, "__file__", None) or "", *map(str, getattr(found, "__path__", ()))]
    return any(site in place.replace("\\", "/").split("/") for place in places for site in _SITES)


def importable(value: object) -> tuple[str, str] | None:
    """Return the module and name to import something installed by; None where that is not how it can be had."""
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str) or not name.isidentifier() or not installed(module):
        return None
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ImportError:
        return None
    return (module, name) if found is value else None


def public_layer(cls: type) -> bool:
    """Return whether a class is one of `torch.nn` under its own name."""
    return getattr(nn, cls.__name__, None) is cls


def own_classes(cls: type[nn.Module]) -> tuple[type, ...]:
    """Return the classes of a module's class that are not PyTorch's, in the order in which attributes are looked up."""
    return tuple(c for c in cls.__mro__ if not c.__module__.startswith("torch.") and not _plain(c))


def torch_base(cls: type[nn.Module]) -> type[nn.Module]:
    """Return the nearest class of PyTorch that a module's class extends, or is."""
    return next(c for c in cls.__mro__ if c.__module__.startswith("torch.") and issubclass(c, nn.Module))


def _plain(cls: type) -> bool:
    """Whether a class brings nothing that a network computes with."""
    return cls is object or cls.__module__ in ("typing", "abc")
