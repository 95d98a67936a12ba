"""Files that a space names: found below the folder of the file that was loaded, and read as text."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from symbolic.errors import nearest
from symbolic.language.raw import Fault, Place


def locate(root: Path | None, folder: Path | None, path: str, place: Place) -> Path:
    """Return the file that a path in a space means: from the `folder` of the space's file, and not outside `root`.

    Raises E207 for an absolute path, one that leads out by `..` or a link, a file that is not there, and where there is no
    folder, since the space is a text from nowhere.
    """
    if folder is None or root is None:
        hint = "load it from a file, or say in which folder it lies: parse(text, folder=...)"
        raise Fault("E207", f"a text that is no file has no folder to find {path!r} in", place, hint)
    if PurePosixPath(path).is_absolute() or Path(path).is_absolute():
        raise Fault("E207", f"{path!r} is an absolute path", place, "write it from the folder of this file")
    try:
        found = (folder / path).resolve()
        inside, there = found.is_relative_to(root), found.is_file()
    except (OSError, ValueError, RuntimeError):
        inside, there = True, False
    if not inside:
        raise Fault("E207", f"{path!r} is outside the folder of the file that was loaded", place)
    if not there:
        names = sorted(p.name for p in folder.glob(f"*{PurePosixPath(path).suffix}"))
        raise Fault("E207", f"there is no file {path!r}", place, nearest(path, names))
    return found


def text_of(file: Path, path: str, place: Place) -> str:
    """Return the text of a file, lines ended by LF. Raises E102 when it is not UTF-8, E207 when it cannot be read."""
    try:
        return file.read_bytes().decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as e:
        raise Fault("E102", f"{path!r} is not UTF-8: byte {e.start} cannot be read", place) from e
    except OSError as e:
        raise Fault("E207", f"{path!r} cannot be read: {e.strerror}", place) from e


def beside(importer: str, path: str) -> str:
    """Return how a file is called in messages, beside the file that names it.

    >>> beside("spaces/net.space", "cells.space")
    'spaces/cells.space'
    """
    return str(PurePosixPath(importer.replace("\\", "/")).parent / path)
