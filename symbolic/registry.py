"""Everything that has a name: algorithms, backends, tasks, operators, stores, executors, found by entry points.

Built-ins register exactly as a plug-in does. Listing imports nothing; an entry that fails to import spoils only itself.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from symbolic.errors import SymspaceError, nearest

Group = Literal["algorithms", "backends", "tasks", "operators", "stores", "executors", "sinks", "importances"]


class RegistryError(SymspaceError):
    """A name that is not registered, registered twice, or cannot be imported."""


@cache
def entries(group: Group) -> dict[str, EntryPoint]:
    """Return name -> entry point of a group, nothing imported. Raises `RegistryError` for a name met twice."""
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=f"symspace.{group}"):
        other = found.get(entry.name)
        if other is not None and other.value != entry.value:
            owners = sorted({str(e.dist.name) if e.dist else "?" for e in (entry, other)})
            raise RegistryError(f"{group[:-1]} {entry.name!r} is registered twice, by {' and '.join(owners)}: uninstall one")
        found[entry.name] = entry
    return dict(sorted(found.items()))


def get(group: Group, name: str) -> Any:
    """Import and return what is registered under a name.

    Raises `RegistryError` with the nearest known name, or with the reason why the entry cannot be imported.
    """
    known = entries(group)
    if name not in known:
        hint = nearest(name, known) or f"known: {', '.join(known) or 'none'}"
        raise RegistryError(f"no {group[:-1]} is called {name!r}; {hint}")
    try:
        return _load(group, name)
    except (ImportError, AttributeError) as e:
        raise RegistryError(f"{group[:-1]} {name!r} ({known[name].value}) cannot be imported: {e}") from e


@cache
def _load(group: Group, name: str) -> Any:
    entry = entries(group)[name]
    _check_folder(entry.value.partition(".")[0])
    return entry.load()


def _check_folder(package: str) -> None:
    """Our sibling packages have generic names: fail at once when one resolves to somebody else's folder."""
    if package not in ("algorithms", "backends"):
        return
    ours, spec = Path(__file__).parents[1] / package, find_spec(package)
    found = Path(spec.origin).parent if spec is not None and spec.origin is not None else None
    if found != ours:
        where = f"is {found}" if found else "cannot be found"
        raise RegistryError(
            f"the package {package!r} {where}, but symspace's is {ours}: a folder or package of that name is in the way; "
            "run from another folder, or rename it"
        )
