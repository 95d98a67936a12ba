"""Modules of the user's: what they are called, and that importing one never starts a search.

A class of a script belongs to the module `__main__` while the script runs, and to one called by the file's stem where it is
imported. Its one name is the latter, so that a study started by `python train.py` goes on by `train.py:Net`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from symbolic.errors import SymspaceError

MAIN = "__main__"
_IMPORTING: ContextVar[str | None] = ContextVar("importing", default=None)


class ImportedSearchError(SymspaceError):
    """A file that starts a search when it is merely imported."""


def module_name(module: str) -> str:
    """Return the name under which a module is imported elsewhere: that of the running script is its file's stem.

    What was typed in a shell or a notebook has no file and stays `__main__`.
    """
    if module != MAIN:
        return module
    main = sys.modules[MAIN]
    spec = getattr(main, "__spec__", None)
    if spec is not None:  # python -m package.module
        return str(spec.name)
    file = getattr(main, "__file__", None)
    stem = MAIN if file is None else Path(file).stem
    return stem if stem.isidentifier() else MAIN


@contextmanager
def importing(file: str) -> Iterator[None]:
    """Say that a file of the user's is being imported inside the block."""
    token = _IMPORTING.set(file)
    try:
        yield
    finally:
        _IMPORTING.reset(token)


def refuse_while_importing(what: str) -> None:
    """Raise `ImportedSearchError` where `what` (a search) is asked for by a file that is merely being imported."""
    file = _IMPORTING.get()
    if file is not None:
        raise ImportedSearchError(
            f"{file} starts {what} when it is imported; put that below `if __name__ == '__main__':`, so that the file can be "
            "read without running it"
        )
