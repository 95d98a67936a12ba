"""The error of a sink that cannot be made."""

from __future__ import annotations

from pathlib import Path

from symbolic.errors import SymspaceError


class SinkError(SymspaceError):
    """A log cannot be written where it was asked for, or what writes it is not installed."""


def writable_folder(folder: Path, what: str) -> None:
    """Raise `SinkError` unless a folder exists to write into."""
    if not folder.is_dir():
        raise SinkError(f"{what}: {folder} is no folder; make it first")
