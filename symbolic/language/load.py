"""The doors of the language: `parse` a text, `load` a file or a Python object, `read` a text with its warnings."""

from __future__ import annotations

import ast
import importlib
import re
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from symbolic import collector
from symbolic.errors import Source, SpaceError, SymspaceError, nearest
from symbolic.importing import importing
from symbolic.language.parser import located_errors, parse_statements
from symbolic.language.resolve import Reading, resolve
from symbolic.language.signatures import Registered
from symbolic.operators import Signature
from symbolic.space import Space


class SpaceWarning(UserWarning):
    """Something in a space that is allowed and probably not meant."""


class LoadError(SymspaceError):
    """A file, module or name that is not there."""


def parse(
    text: str, name: str = "<text>", *, operators: Mapping[str, Signature | None] | None = None, folder: Path | None = None
) -> Space:
    """Return the space that a text describes; `name` stands in messages.

    `folder`: where the files lie that it imports or takes rows from (None: it may name none). `operators`: the signatures by
    name in place of the registered ones (None for one: its arguments are not checked).

    Raises `SpaceError` at the place that is wrong; what is merely suspicious is a `SpaceWarning`. Runs no code.

    >>> parse("x = 1 | 2").text()
    'space space version 1\\nx = 1 | 2\\n'
    """
    if not isinstance(text, str):
        raise LoadError(f"{text!r} is no text: parse reads a str, load a file, space a dict or a class")
    return _warned(read(text, name, operators=operators, folder=folder))


def read(
    text: str,
    name: str = "<text>",
    *,
    default: str = "space",
    operators: Mapping[str, Signature | None] | None = None,
    folder: Path | None = None,
) -> Reading:
    """Return the space of a text and the warnings about it.

    `default` is the space's name where no header gives one, `folder` where files that it names lie.
    """
    source = Source(name, text.removeprefix("\ufeff"))
    with collector.paused(), located_errors(source):
        statements = parse_statements(source)
        return resolve(source, statements, default, Registered() if operators is None else operators, folder)


def load(target: str | Path) -> Space:
    """Return the space of `"file.space"` (text or a path), `"file.py:Name"` or `"module:name"`.

    The Python forms import the object (a file by its stem, its folder first on the path) and make a space of it. Raises
    `LoadError` for a file, module or name that is not there, `SpaceError` for what is wrong inside.
    """
    target = str(target) if isinstance(target, Path) else target
    if not isinstance(target, str) or not target.strip():
        raise LoadError(f"{target!r} is nothing to load: write file.space, file.py:Name or module:name, as text")
    path, colon, attribute = target.rpartition(":")
    if not colon or (len(path) == 1 and "\\" in target):
        return _load_text(Path(target))
    if path.endswith(".space"):
        raise LoadError(f"a .space file is one space: write {path} without :{attribute}")
    module = _import_file(Path(path)) if path.endswith(".py") else _import_module(path)
    from symbolic.python.space import space

    return space(_member(module, attribute, target))


def _warned(reading: Reading) -> Space:
    for warning in reading.warnings:
        warnings.warn(SpaceWarning(str(warning)), stacklevel=3)
    return reading.space


def _load_text(path: Path) -> Space:
    if path.suffix == ".py":
        names = _defined(path)
        shown = f"; it defines {', '.join(names[:8])}" if names else ""
        raise LoadError(f"{path} needs the name of an object: write {path}:{names[0] if len(names) == 1 else 'Name'}{shown}")
    if path.is_dir():
        raise LoadError(f"{str(path)!r} is a folder: name a file in it; {_similar(path / 'file.space')}")
    if not path.is_file():
        raise LoadError(f"no file {str(path)!r}; {_similar(path)}")
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as e:
        raise SpaceError("E102", f"{path} is not UTF-8: byte {e.start} cannot be read") from e
    except OSError as e:
        raise LoadError(f"{path} cannot be read: {e.strerror}") from e
    default = re.sub(r"\W", "_", path.stem, flags=re.ASCII).lstrip("0123456789") or "space"
    return _warned(read(text, str(path), default=default, folder=path.parent))


def _similar(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"there is no folder {str(folder)!r}"
    names = sorted(p.name for p in folder.glob("*.space") if p.is_file())
    return nearest(path.name, names) or (f"there are {', '.join(names[:8])}" if names else "write file.space or module:name")


def _defined(path: Path) -> list[str]:
    """Return the classes of a Python file, read without running it; its functions where it has none."""
    try:
        body = ast.parse(path.read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return []
    classes = [node.name for node in body if isinstance(node, ast.ClassDef)]
    return classes or [node.name for node in body if isinstance(node, ast.FunctionDef)]


def _import_file(path: Path) -> ModuleType:
    """Import a Python file by its stem, its folder first on the path.

    The folder stays there, as that of a script does: worker processes and later imports need it.
    """
    if not path.is_file():
        raise LoadError(f"no file {str(path)!r}; {_similar(path)}")
    folder = str(path.resolve().parent)
    present = sys.modules.get(path.stem)
    here = getattr(present, "__file__", None)
    if present is not None and (here is None or Path(here).resolve() != path.resolve()):
        raise LoadError(f"{path} has the name of the module {path.stem!r} that is imported from {here}: rename the file")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    with importing(str(path)):
        return _import_module(path.stem)


def _import_module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as e:
        if e.name is not None and (name == e.name or name.startswith(e.name + ".")):
            raise LoadError(f"no module is called {name!r}; a file is written file.py:Name") from e
        raise LoadError(f"{name} cannot be imported: {e}") from e
    except SymspaceError:
        raise
    except Exception as e:
        raise LoadError(f"{name} cannot be imported: {type(e).__name__}: {e}") from e


def _member(module: ModuleType, attribute: str, target: str) -> Any:
    found: Any = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            names = [n for n in vars(found) if not n.startswith("_")] if hasattr(found, "__dict__") else []
            hint = nearest(part, names) or f"it has {', '.join(names[:8])}"
            raise LoadError(f"{target.rpartition(':')[0]} has no {part!r}; {hint}")
        found = getattr(found, part)
    return found
