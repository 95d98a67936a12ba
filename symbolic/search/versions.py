"""Versions a study notes: of this library, of what draws random numbers and of what trains."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

DRAWS = ("numpy",)
"""Packages whose version may change what is drawn from equal seeds."""


def changed(stored: Mapping[str, str]) -> tuple[str, ...]:
    """Return a line where a study goes on under another version of what draws its random numbers; else nothing."""
    now = versions()
    unlike = [f"{n} {stored[n]} -> {now[n]}" for n in DRAWS if n in stored and n in now and stored[n] != now[n]]
    return (f"proposals may differ from those of an uninterrupted search: {', '.join(unlike)}",) if unlike else ()


def versions() -> Mapping[str, str]:
    """Return the versions of symspace, NumPy, torch and Python; nothing is imported, what is not installed is left out."""
    found = {"python": platform.python_version()}
    for name in ("symspace", "numpy", "torch"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
