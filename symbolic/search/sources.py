"""The Python files a study depends on: where they lie, what was in them when it started, and whether that changed."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from symbolic.python.objects import importable
from symbolic.space import Space


def source_of(target: Any, function: object = None, space: Space | None = None) -> Mapping[str, Any]:
    """Return what a study keeps of its code, for resuming.

    `target`: its text, or that of a class or function that has a name, `/folder/train.py:Net`; `folder`: the one that it is
    relative to; `files`: the SHA-256 of the target's file and of the file that defines `function`, by path; `folders`: where
    modules are found. A dict or a space keeps the `names` of the objects it holds.
    """
    found: dict[str, Any] = {"folder": str(Path.cwd())}
    text = str(target) if isinstance(target, str | Path) else text_of(target)
    if text is not None:
        found["target"] = text
    held = [] if text is not None or space is None else list(space.objects.values())
    files = [*_files_of_target(target), *_files_of_object(function), *(f for o in held for f in _files_of_object(o))]
    found["files"] = {str(file): _digest(file) for file in files}
    folders = [*_folders(function), *(f for o in (target, *held) for f in _folders(o))]
    found["folders"] = list(dict.fromkeys(str(folder) for folder in folders))
    if held:
        found["names"] = [name for o in held if (name := importable(o)) is not None]
    return found


def text_of(target: Any) -> str | None:
    """Return the text that loads a class or function: `/folder/file.py:Name`, or `package.module:Name`; None for all else."""
    if not (inspect.isclass(target) or inspect.isroutine(target)) or (name := importable(target)) is None:
        return None
    module, _, qualname = name.partition("::")
    file = next(_files_of_object(target), None)
    return f"{file}:{qualname}" if file is not None and file.stem == module else f"{module}:{qualname}"


def changed_files(context: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a line for each file that is not what it was when the study started."""
    kept: Mapping[str, str] = context.get("files") or {}
    return tuple(_changed(file) for file, digest in kept.items() if _differs(file, digest))


def _changed(file: str) -> str:
    """A study has its own copy of a space; code it imports as it is now."""
    line = f"{file} changed since the study was started"
    return (
        f"{line}; the study goes on with the space it has, --migrate reads the file again" if file.endswith(".space") else line
    )


def folder_of(name: str) -> list[str]:
    """Return the folder from which a module is imported, without importing it; nothing for what is installed."""
    try:
        spec = importlib.util.find_spec(name.partition(".")[0])
    except (ImportError, ValueError):
        return []
    file = None if spec is None else spec.origin
    if file is None or "site-packages" in Path(file).parts or not Path(file).is_file():
        return []
    return [str(Path(file).resolve().parents[1 if spec is not None and spec.submodule_search_locations else 0])]


def find_modules(context: Mapping[str, Any]) -> None:
    """Let imports find the modules of a study's code, as they did when it started."""
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


def _folders(found: object) -> Iterator[Path]:
    """The folder from which the top package of an object's module is imported; none for what is installed."""
    name = getattr(getattr(found, "func", found), "__module__", None)
    module = sys.modules.get(str(name).partition(".")[0])
    file = getattr(module, "__file__", None)
    if found is not None and file is not None and "site-packages" not in Path(file).parts:
        yield Path(file).resolve().parents[1 if hasattr(module, "__path__") else 0]
