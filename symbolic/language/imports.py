"""Imports: the definitions of other files, each import a set of its own under its own name. Only text is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import attrs

from symbolic.errors import Source
from symbolic.language import files, raw
from symbolic.language.parser import located_errors, parse_statements
from symbolic.language.raw import Fault
from symbolic.language.statements import defined, header
from symbolic.language.words import is_name

MAX_FILES = 100
MAX_BYTES = 10_000_000


@attrs.frozen(eq=False)
class Module:
    """One file as imported: its definitions by the names they have inside it, and the modules it imports in turn.

    `prefix` is what the names of its definitions begin with in the space: empty for the file that was asked for. `folder` is
    where the file lies.
    """

    prefix: str
    source: Source
    folder: Path | None
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
    """Return a file as a module, with all that it imports; `folder` is where it lies (None: a text from nowhere).

    Raises E202 for a name that is taken, E207 for a file that is missing, outside, or imports itself or more than
    definitions, E405 past 100 files or 10 MB, and whatever is wrong inside the files, at its place there.
    """
    reader = _Reader(folder)
    return Module("", source, folder, definitions, reader.imports(source, statements, folder, ""))


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
        taken = [s.name for s in statements if isinstance(s, raw.Definition)]
        taken += [s.key for s in statements if isinstance(s, raw.Field)]
        for s in statements:
            if not isinstance(s, raw.Import):
                continue
            name = s.alias or PurePosixPath(s.path).stem
            if not is_name(name):
                raise Fault("E207", f"{name!r} cannot stand before a dot", s.place, f'import "{s.path}" as NAME')
            clash = next((t for t in [*found, *taken] if t == name or t.startswith(f"{name}.")), None)
            if clash is not None:
                raise Fault("E202", f"{clash!r} is defined already", s.place, f'import "{s.path}" as ANOTHER_NAME')
            found[name] = self._module(source, s, folder, f"{prefix}{name}.")
        return tuple(found.values())

    def _module(self, importer: Source, s: raw.Import, folder: Path | None, prefix: str) -> Module:
        path = files.locate(self.root, folder, s.path, s.place)
        if path in self.trail:
            chain = " -> ".join([p.name for p in self.trail[self.trail.index(path) :]] + [path.name])
            raise Fault("E207", f"{s.path!r} imports itself: {chain}", s.place)
        source = Source(files.beside(importer.name, s.path), self._text(s, path))
        with located_errors(source):
            statements = parse_statements(source)
            header(source, statements, "")
            definitions, _ = defined(source, statements)
        _only_definitions(s, statements)
        self.trail.append(path)
        with located_errors(source):
            imported = self.imports(source, statements, path.parent, prefix)
        self.trail.pop()
        return Module(prefix, source, path.parent, definitions, imported)

    def _text(self, s: raw.Import, path: Path) -> str:
        self.files += 1
        if self.files > MAX_FILES:
            raise Fault("E405", f"more than {MAX_FILES} files are imported", s.place)
        self.size += path.stat().st_size
        if self.size > MAX_BYTES:
            raise Fault("E405", "more than 10 MB are imported", s.place)
        return files.text_of(path, s.path, s.place)


def _only_definitions(s: raw.Import, statements: Sequence[raw.Statement]) -> None:
    for other in statements:
        if not isinstance(other, raw.Definition | raw.Import | raw.Header):
            hint = "move what both files use into a third one: shared, block and rule"
            raise Fault("E207", f"{s.path!r} has more than definitions, in line {other.place.line}", s.place, hint)
