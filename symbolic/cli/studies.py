"""Finding a study by name, or the newest one where none is named."""

from __future__ import annotations

from symbolic.errors import SymspaceError
from symbolic.search.store import Record, Store, store_at


def chosen(store: Store, name: str | None, where: str) -> str:
    """Return the name of the study meant: the one named, else the newest. Raises where the store has none."""
    if name is not None:
        return name
    names = store.names()
    if not names:
        raise SymspaceError(f"{where} has no studies yet: symspace search SPACE --store {where}")
    return names[-1]


def split(store: str, name: str | None) -> tuple[str, str | None]:
    """Return store and study where the study was given as `STORE/STUDY`; names of studies hold no slash.

    >>> split("symspace.db", "runs/a.db/digits"), split("symspace.db", "digits")
    (('runs/a.db', 'digits'), ('symspace.db', 'digits'))
    """
    if name is None or "/" not in name:
        return store, name
    where, _, last = name.rpartition("/")
    return where, last


def record_of(location: str, name: str) -> Record:
    """Return what the store knows of a study. Raises `StoreError` with the nearest name where there is none."""
    view = store_at(location).view(name)
    try:
        return view.record
    finally:
        view.disconnect()
