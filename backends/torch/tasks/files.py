"""Files of a user's own data: found, or refused with what is there instead."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path

from backends.errors import BackendError
from symbolic.errors import nearest

Rows = list[list[str]]


def found(task: str, path: str) -> Path:
    """Return the path of a file or folder. Raises `BackendError` with the nearest name where it is not there."""
    place = Path(path).expanduser()
    if place.exists():
        return place
    if not place.parent.is_dir():
        raise BackendError(f"task {task}: no file {path!r}; there is no folder {str(place.parent)!r}")
    names = sorted(p.name for p in place.parent.iterdir())
    hint = nearest(place.name, names) or f"{str(place.parent)!r} has {', '.join(names[:8]) or 'no files'}"
    raise BackendError(f"task {task}: no file {path!r}; {hint}")


def read_csv(task: str, path: Path) -> tuple[list[str], Rows]:
    """Return the header and the rows of a CSV file, `.gz` or not; rows are as long as the header.

    Raises `BackendError` for a file that is no text, has no rows, a column twice or a row of another length (with its line).
    """
    try:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            lines = [(reader.line_num, row) for reader in [csv.reader(file)] for row in reader if row]
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as e:
        raise BackendError(f"task {task}: {path} cannot be read as CSV: {e}") from e
    if len(lines) < 2:
        raise BackendError(f"task {task}: {path} has no rows below its header")
    header = [name.strip() for name in lines[0][1]]
    if len(set(header)) < len(header):
        raise BackendError(f"task {task}: {path} has two columns of one name: {', '.join(header)}")
    for number, row in lines[1:]:
        if len(row) != len(header):
            raise BackendError(f"task {task}: {path}, line {number}: {len(row)} values, the header has {len(header)} columns")
    return header, [row for _, row in lines[1:]]


def column(task: str, path: Path, header: Sequence[str], name: str) -> int:
    """Return the position of a column. Raises `BackendError` with the nearest name where it is not there."""
    if name in header:
        return header.index(name)
    hint = nearest(name, header) or f"it has {', '.join(header[:12])}"
    raise BackendError(f"task {task}: {path} has no column {name!r}; {hint}")
