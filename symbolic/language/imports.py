"""Imports: the definitions of other files, each import a set of its own under its own name.

Only text is read, and only below the folder of the file that was asked for: no absolute path, no way out by `..` or a link.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import attrs

from symbolic.errors import Source, SpaceError, nearest
from symbolic.language import raw
from symbolic.language.parser import located_errors, parse_statements, spanned
from symbolic.language.statements import defined, header
from symbolic.language.words import is_name

MAX_FILES = 100
MAX_BYTES = 10_000_000


@attrs.frozen(eq=False)
class Module:
    """One file as imported: its definitions by the names they have inside it, and the modules it imports in turn.

    `prefix` is what the names of its definitions begin with in the space: empty for the file that was asked for.
    """

    prefix: str
    source: Source
    definitions: dict[str, raw.Definition]
    imported: tuple[Module, ...] = ()

    def visible(self) -> dict[str, raw.Definition]:
        """Return what its text may name: its own definitions, and those it imports by their dotted names."""
        names: dict[str, raw.Definition] = {}
        for module in self.imported:
            inside = module.prefix.removeprefix(self.prefix)
            names |= {inside + name: definition for name, definition in module.visible().items()}
        return names | self.definitions

    def all(self) -> Iterator[Module]:
        """Yield the modules below it in the order of their imports, then itself."""
        for module in self.imported:
            yield from module.all()
        yield self


def load_imports(
    source: Source, statements: Sequence[raw.Statement], definitions: dict[str, raw.Definition], folder: Path | None
) -> Module:
    """Return the file itself as a module, with all that it imports; `folder` is where it lies (None: a text from nowhere).

    Raises E202 for a name that is taken, E207 for a file that is missing, outside, or imports itself or more than
    definitions, E405 past 100 files or 10 MB, and whatever is wrong inside the files, at its place there.
    """
    reader = _Reader(None if folder is None else folder.resolve())
    return Module("", source, definitions, reader.imports(source, statements, reader.root, ""))


@attrs.define(eq=False)
class _Reader:
    """Reads files below `root`; `trail` are the files that are being read, the outermost first."""

    root: Path | None
    files: int = 0
    size: int = 0
    trail: list[Path] = attrs.field(factory=list)

    def imports(
        self, source: Source, statements: Sequence[raw.Statement], folder: Path | None, prefix: str
    ) -> tuple[Module, ...]:
        """Return the modules that the statements of a file import."""
        found: dict[str, Module] = {}
        taken = {
            s.name if isinstance(s, raw.Definition) else s.key for s in statements if isinstance(s, raw.Definition | raw.Field)
        }
        for s in statements:
            if not isinstance(s, raw.Import):
                continue
            name = s.alias or PurePosixPath(s.path).stem
            if not is_name(name):
                raise _error(source, s, "E207", f"{name!r} cannot stand before a dot", f'import "{s.path}" as NAME')
            clash = next((t for t in taken if t == name or t.startswith(f"{name}.")), None)
            if name in found or clash is not None:
                hint = f'import "{s.path}" as ANOTHER_NAME'
                raise _error(source, s, "E202", f"{clash or name!r} is defined already", hint)
            found[name] = self._module(source, s, folder, f"{prefix}{name}.")
        return tuple(found.values())

    def _module(self, importer: Source, s: raw.Import, folder: Path | None, prefix: str) -> Module:
        path = self._path(importer, s, folder)
        if path in self.trail:
            chain = " -> ".join([p.name for p in self.trail[self.trail.index(path) :]] + [path.name])
            raise _error(importer, s, "E207", f"{s.path!r} imports itself: {chain}")
        source = Source(self._shown(importer, s), self._text(importer, s, path))
        with located_errors(source):
            statements = parse_statements(source)
            _only_definitions(importer, s, source, statements)
            header(source, statements, "")
            definitions, _ = defined(source, statements)
            self.trail.append(path)
            imported = self.imports(source, statements, path.parent, prefix)
            self.trail.pop()
        return Module(prefix, source, definitions, imported)

    def _path(self, source: Source, s: raw.Import, folder: Path | None) -> Path:
        """Return the file meant. Raises E207 when there is none below the root."""
        if folder is None or self.root is None:
            hint = "load it from a file, or say in which folder it lies: parse(text, folder=...)"
            raise _error(source, s, "E207", "a text that is no file has nowhere to import from", hint)
        path = folder / s.path
        if PurePosixPath(s.path).is_absolute() or Path(s.path).is_absolute():
            raise _error(source, s, "E207", f"{s.path!r} is an absolute path", "write it from the folder of this file")
        try:
            found = path.resolve()
            inside, there = found.is_relative_to(self.root), found.is_file()
        except (OSError, ValueError, RuntimeError):
            inside, there = True, False
        if not inside:
            raise _error(source, s, "E207", f"{s.path!r} is outside the folder of the file that was loaded")
        if not there:
            names = sorted(p.name for p in folder.glob("*.space"))
            raise _error(source, s, "E207", f"there is no file {s.path!r}", nearest(s.path, names))
        return found

    def _shown(self, importer: Source, s: raw.Import) -> str:
        """Return how the file is called in messages: beside the one that imports it."""
        return str(PurePosixPath(importer.name.replace("\\", "/")).parent / s.path)

    def _text(self, importer: Source, s: raw.Import, path: Path) -> str:
        self.files += 1
        if self.files > MAX_FILES:
            raise _error(importer, s, "E405", f"more than {MAX_FILES} files are imported")
        try:
            self.size += path.stat().st_size
            if self.size > MAX_BYTES:
                raise _error(importer, s, "E405", "more than 10 MB are imported")
            return path.read_bytes().decode("utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError as e:
            raise _error(importer, s, "E102", f"{s.path!r} is not UTF-8: byte {e.start} cannot be read") from e
        except OSError as e:
            raise _error(importer, s, "E207", f"{s.path!r} cannot be read: {e.strerror}") from e


def _only_definitions(importer: Source, s: raw.Import, source: Source, statements: Sequence[raw.Statement]) -> None:
    for other in statements:
        if not isinstance(other, raw.Definition | raw.Import | raw.Header):
            hint = f"move what {s.path!r} shares into a file of its own: shared, block and rule"
            message = f"{s.path!r} has more than definitions, in line {other.place.line}"
            raise _error(importer, s, "E207", message, hint)


def _error(source: Source, s: raw.Import, code: str, message: str, hint: str | None = None) -> SpaceError:
    return SpaceError(code, message, spanned(s.place, source), hint)
