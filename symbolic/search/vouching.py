"""A store is a file from anywhere: what a stored study would import is decided here, before any of it is imported.

Taken without asking: the user's own project, which is what lies below the working folder, and files that the running program
has imported itself. All else needs `--trust PKG` or `--trust FOLDER`, given anew.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

import attrs

from symbolic.errors import SymspaceError
from symbolic.importing import importing
from symbolic.search import calls
from symbolic.search.sources import find_modules
from symbolic.search.store import Record
from symbolic.trust import Trust, resolve
from symbolic.trust_torch import PACKAGES

TOLD = "symbolic.search.told::Told"
"""The backend of a study whose results a program tells (`open_study`): it runs nothing."""


class StoreNotTrusted(SymspaceError):
    """A stored study that names code which is neither of the user's project nor trusted by name."""


def split_trust(given: str | Iterable[str]) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """Return the packages and the folders of `--trust`: a folder is what has a slash or is a dot.

    >>> split_trust(["timm"])
    (('timm',), ())
    """
    texts = (given,) if isinstance(given, str) else tuple(given)
    paths = [t for t in texts if isinstance(t, str) and ("/" in t or "\\" in t or t in (".", ".."))]
    return tuple(t for t in texts if t not in paths), tuple(Path(t).resolve() for t in paths)


def vouch(record: Record, given: str | Iterable[str] = ()) -> None:
    """Let imports find the code of a study. Raises `StoreNotTrusted` for code that nobody trusts, and imports none of it."""
    packages, folders = split_trust(given)
    guard = _Guard(Trust(packages, (Path.cwd(), *folders)), [str(f) for f in record.context.get("folders") or ()])
    names = tuple(dict.fromkeys(_names(record)))
    lacking = [
        *_lacking_files(record, guard),
        *guard.lacking(names),
        *guard.lacking_packages(record.context.get("trust") or ()),
    ]
    if lacking:
        raise _refused(record, lacking)
    roots = [folder for name in names for folder in guard.folder(name)]
    find_modules({"folders": [f for f in guard.folders if guard.own(Path(f)) or Path(f).resolve() in roots]})
    if hidden := [need for name in names for need in guard.really(name)]:
        raise _refused(record, hidden)


def is_own(path: Path, given: str | Iterable[str] = ()) -> bool:
    """Return whether a file of a stored study lies in the working folder, or in a folder that is trusted."""
    _, folders = split_trust(given)
    return _Guard(Trust((), (Path.cwd(), *folders)), []).own(path)


@attrs.frozen
class _Guard:
    """What is trusted here, and the folders that the store would look into."""

    trust: Trust
    folders: list[str]

    def own(self, path: Path) -> bool:
        """Below a trusted folder, and no part of an installation."""
        return self.trust.owns(path.resolve())

    def file_is_trusted(self, file: Path) -> bool:
        """Own, or imported by the running program."""
        return self.own(file) or _is_loaded(file.resolve())

    def root(self, name: str) -> Path | None:
        """The file or folder of a name's top package, found without running any of it; None where there is none."""
        top = name.partition("::")[0].partition(".")[0]
        module = sys.modules.get(top)
        spec = getattr(module, "__spec__", None)
        if module is None:
            try:
                spec = importlib.util.find_spec(top) or PathFinder.find_spec(top, self.folders)
            except (ImportError, ValueError):
                return None
        places = [getattr(module, "__file__", None), *(getattr(spec, "submodule_search_locations", None) or ())]
        found = next((p for p in (places[0], getattr(spec, "origin", None), *places[1:]) if p), None)
        return None if found is None else Path(found)

    def folder(self, name: str) -> Iterator[Path]:
        """The folders from which a name's top package may be imported."""
        found = self.root(name)
        if found is not None:
            yield found.resolve().parent
            yield found.resolve().parent.parent

    def lacking(self, names: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Each name that is not trusted, with what to trust."""
        for name in names:
            top, found = name.partition("::")[0].partition(".")[0], self.root(name)
            if name == TOLD or top in self.trust.packages or top in PACKAGES or (found is None and top not in sys.modules):
                continue
            if top == "symbolic" or found is None or not self.file_is_trusted(found):
                yield name, top

    def lacking_packages(self, stored: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Each package that the store trusts, and nobody here does."""
        for package in stored:
            found = self.root(package)
            if package not in self.trust.packages and (found is None or not self.file_is_trusted(found)):
                yield f"the package {package}", package

    def really(self, name: str) -> Iterator[tuple[str, str]]:
        """What to trust where the object is defined elsewhere than the module it is reached through."""
        module, _, qual = name.partition("::")
        top = module.partition(".")[0]
        if top in PACKAGES and top not in self.trust.packages:
            try:
                resolve(name, self.trust)
            except SymspaceError:
                yield name, top
            return
        try:
            with importing(module):
                found: Any = importlib.import_module(module)
            for part in qual.split("."):
                found = getattr(found, part)
        except (ImportError, AttributeError):
            return  # whoever needs it says that it is not there
        home = getattr(found, "__module__", None) or getattr(type(getattr(found, "__self__", found)), "__module__", "")
        if home != module:
            yield from ((name, need) for _, need in self.lacking([str(home)]))


def _names(record: Record) -> Iterator[str]:
    """All `module::Qual` that resuming would import."""
    context, identity = record.context, record.identity
    yield from (str(n) for n in context.get("names") or ())
    target = str(context.get("target") or "")
    module, _, name = target.rpartition(":")
    if module and not module.endswith(".py"):
        yield f"{module}::{name}"
    for text in (identity.backend, identity.algorithm, identity.task, (context.get("given") or {}).get("task")):
        if text is not None:
            try:
                yield from _named(calls.read(text))
            except SymspaceError:
                continue  # no call: whoever needs it says so, and imports nothing


def _named(value: Any) -> Iterator[str]:
    match value:
        case calls.Call():
            if "::" in value.name:
                yield value.name
            for inner in (*value.positional, *value.named.values()):
                yield from _named(inner)
        case str() if "::" in value:  # the source of a task is a name too
            yield value.partition("(")[0]
        case list() | tuple():
            for inner in value:
                yield from _named(inner)


def _lacking_files(record: Record, guard: _Guard) -> Iterator[tuple[str, str]]:
    """The target's file where it is code, or where its folder would be trusted by the objects that the space names."""
    target = str(record.context.get("target") or "")
    text, _, _ = target.rpartition(":")
    is_code = text.endswith(".py")
    file = Path(str(record.context.get("folder", ""))) / (text if is_code else target)
    if is_code and file.is_file() and not guard.file_is_trusted(file):
        yield str(file), str(file.resolve().parent)


def _is_loaded(file: Path) -> bool:
    """Whether the running program has imported a file that belongs to no installation."""
    files = (getattr(m, "__file__", None) for m in list(sys.modules.values()))
    same = any(isinstance(f, str) and f.endswith(file.name) and Path(f).resolve() == file for f in files)
    return same and Trust((), (Path(file.anchor),)).owns(file)


def _refused(record: Record, lacking: list[tuple[str, str]]) -> StoreNotTrusted:
    needs = list(dict.fromkeys(need for _, need in lacking))
    what = ", ".join(dict.fromkeys(name for name, _ in lacking))
    options = " ".join(f"--trust {need}" for need in needs)
    return StoreNotTrusted(
        f"study {record.identity.name!r} would run code that is not of your project here: {what}; a store may be anyone's: "
        f"if you know it, give {options}, or trust={needs!r} in Python"
    )
