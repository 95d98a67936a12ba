"""Versions a study notes: of this library, of what draws random numbers and of what trains."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version


def versions() -> Mapping[str, str]:
    """Return the versions of symspace, NumPy, torch and Python; nothing is imported, what is not installed is left out."""
    found = {"python": platform.python_version()}
    for name in ("symspace", "numpy", "torch"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
