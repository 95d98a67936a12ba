"""The Python files a study depends on: where they lie, what was in them when it started, and whether that changed."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def source_of(target: Any, function: object = None) -> Mapping[str, Any]:
    """Return what a study keeps of its code, for resuming.

    `target`: its text, where it is text; `folder`: the one that it is relative to; `files`: the SHA-256 of the target's file
    and of the file that defines `function`, by path; `folders`: where the function's module is found.
    """
    found: dict[str, Any] = {"folder": str(Path.cwd())}
    if isinstance(target, str | Path):
        found["target"] = str(target)
    files = [*_files_of_target(target), *_files_of_object(function)]
    found["files"] = {str(file): _digest(file) for file in files}
    found["folders"] = [str(folder) for folder in _folders(function)]
    return found


def changed_files(context: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a line for each file that is not what it was when the study started."""
    kept: Mapping[str, str] = context.get("files") or {}
    return tuple(f"{file} changed since the study was started" for file, digest in kept.items() if _differs(file, digest))


def find_modules(context: Mapping[str, Any]) -> None:
    """Let imports find the module of a study's function, as they did when it started."""
    folders: list[str] = context.get("folders") or []
    sys.path += [folder for folder in folders if folder not in sys.path and Path(folder).is_dir()]


def _differs(file: str, digest: str) -> bool:
    path = Path(file)
    return path.is_file() and _digest(path) != digest


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _files_of_target(target: Any) -> Iterator[Path]:
    if not isinstance(target, str | Path):
        yield from _files_of_object(target)
        return
    text = str(target)
    file = Path(text.rpartition(":")[0] if ".py:" in text else text)
    if file.is_file():
        yield file.resolve()
    elif ":" in text:
        yield from _files_of_object(sys.modules.get(text.rpartition(":")[0]))


def _files_of_object(found: object) -> Iterator[Path]:
    """The file that defines a function, a class or a module; none for a space, a dict or what was typed in a shell."""
    found = inspect.unwrap(getattr(found, "func", found)) if callable(found) else found
    if not (inspect.isroutine(found) or inspect.isclass(found) or inspect.ismodule(found)):
        return
    try:
        file = Path(inspect.getsourcefile(found) or "")
    except TypeError:  # a builtin has none
        return
    if file.is_file():
        yield file.resolve()


def _folders(function: object) -> Iterator[Path]:
    """The folder from which the top package of a function's module is imported."""
    name = getattr(getattr(function, "func", function), "__module__", None)
    module = sys.modules.get(str(name).partition(".")[0])
    file = getattr(module, "__file__", None)
    if function is not None and file is not None:
        yield Path(file).resolve().parents[1 if hasattr(module, "__path__") else 0]
