"""Which Python objects a space may name: layers of torch and torchvision, the user's own project, packages trusted by name.

Only building resolves `module::qualname`. What counts is the module an object really comes from, not the one it is reached
through, so re-exports and attributes of trusted modules open no door.
"""

from __future__ import annotations

import functools
import importlib
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import attrs

from symbolic.errors import SpaceError, Span
from symbolic.python.edited import NAME as EDITED
from symbolic.python.edited import edited
from symbolic.trust_torch import PACKAGES, harmless, reaches

if TYPE_CHECKING:
    from symbolic.space import Space


@attrs.frozen
class Trust:
    """Top-level packages, and folders of the user's own project, whose objects may be called, all of them."""

    packages: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()

    @staticmethod
    def of(span: Span | None, packages: Iterable[str] = ()) -> Trust:
        """Trust the working folder, the folder of the file a span points into, and `packages`."""
        folders = [Path.cwd()]
        if span is not None and (file := Path(span.source.name)).is_file():
            folders.append(file.resolve().parent)
        return Trust(tuple(packages), tuple(folders))

    def accepts(self, found: Any, home: str) -> bool:
        """Return whether an object that is defined in the module `home` may be called."""
        top = home.partition(".")[0]
        if top in PACKAGES and top not in self.packages:
            return harmless(found, home)
        return self.allows(home)

    def allows(self, module: str) -> bool:
        """Return whether an imported module may be looked into: trusted, of the user's project, of torch or torchvision."""
        if module.partition(".")[0] in (*self.packages, *PACKAGES):
            return True
        file = getattr(sys.modules.get(module), "__file__", None)
        return file is not None and self.owns(Path(file).resolve())

    def finds(self, module: str) -> bool:
        """Return whether a module may be imported at all, decided before any of its code runs."""
        top = module.partition(".")[0]
        if top in PACKAGES and top not in self.packages:
            return reaches(module)
        if top in self.packages or module in sys.modules:
            return True
        return any((folder / top).is_dir() or (folder / f"{top}.py").is_file() for folder in self.folders)

    @contextmanager
    def importing(self) -> Iterator[None]:
        """Let the user's folders be found by imports, as long as the block runs."""
        added = [str(folder) for folder in self.folders if str(folder) not in sys.path]
        sys.path[:0] = added
        try:
            yield
        finally:
            for folder in added:
                sys.path.remove(folder)

    def owns(self, file: Path) -> bool:
        """Return whether a file lies in one of the folders, and belongs to no installation."""
        installed = {Path(sysconfig.get_path(k)).resolve() for k in ("stdlib", "platstdlib", "purelib", "platlib")}
        if any(file.is_relative_to(folder) for folder in installed) or {"site-packages", "dist-packages"} & {*file.parts}:
            return False
        return any(file.is_relative_to(folder.resolve()) for folder in self.folders)


def trust_of(space: Space) -> Trust:
    """Return what a space may call: the packages it came with, its own folder and the working folder."""
    place = next((f.span for f in space.root.fields if f.span is not None), None)
    return Trust.of(place, space.trusted)


def foresee(name: str, trust: Trust, span: Span | None = None) -> None:
    """Raise the E603 that `resolve` would, as far as that can be told without importing anything."""
    module = name.partition("::")[0]
    if module in sys.modules:
        resolve(name, trust, span)
    elif not trust.finds(module):
        raise _refused(name, module, span)


def resolve(name: str, trust: Trust, span: Span | None = None) -> Any:
    """Return the object called `module::qualname`.

    Raises E603 for a module that is not trusted (nothing is imported), for a name that does not exist, and for an object
    that really comes from a module that is not trusted.
    """
    if name == EDITED:
        return edited
    module_name, _, qualname = name.partition("::")
    if not trust.finds(module_name):
        raise _refused(name, module_name, span)
    try:
        with trust.importing():
            module = importlib.import_module(module_name)
    except ImportError as e:
        raise SpaceError("E603", f"{name} cannot be imported: {e}", span) from e
    if not trust.allows(module_name):
        raise _refused(name, module_name, span)
    found: Any = module
    for part in qualname.split("."):
        if part.startswith("__") or not hasattr(found, part):
            raise SpaceError("E603", f"{module_name} has no {qualname!r}", span)
        found = getattr(found, part)
    if isinstance(found, int | float | str | None):
        return found
    core = _core(found)
    home = _home(core)
    if home is None or not trust.accepts(core, home):
        raise _refused(name, home or "an object without a module", span)
    return found


def _core(found: Any) -> Any:
    """Return what a partial call calls in the end, anything else as it is."""
    return _core(found.func) if isinstance(found, functools.partial) else found


def _home(found: Any) -> str | None:
    """Return the module an object really comes from, None where it cannot be told."""
    if isinstance(found, ModuleType):
        return None
    home = getattr(found, "__module__", None)
    if home is None and (owner := getattr(found, "__self__", None)) is not None:
        home = getattr(owner, "__module__", None) or getattr(type(owner), "__module__", None)
    return home if isinstance(home, str) else None


def _refused(name: str, home: str, span: Span | None) -> SpaceError:
    top = home.partition(".")[0]
    hint = (
        "spaces may call layers, functions of tensors and models of torch and torchvision, and your own project; "
        f"to trust all of it: --trust {top}, or trust=[{top!r}] in Python"
    )
    return SpaceError("E603", f"{name} is not trusted: it comes from {home}", span, hint)
