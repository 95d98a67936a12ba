"""What resolving needs to know: the file's names, the operators, the task, and the names in scope at a place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import attrs

from symbolic.errors import Source, SpaceError, Span
from symbolic.language.comments import Comments
from symbolic.language.parser import spanned
from symbolic.language.raw import Definition, Option, Place, Raw
from symbolic.nodes import Node
from symbolic.operators import Signature
from symbolic.task import TaskFacts

Operators = Mapping[str, Signature | None]
"""The signatures of the operators by name; None: known, its arguments are not checked."""


@attrs.define(eq=False)
class Scope:
    """The names that are visible where something stands; a frame sees its parents.

    `names` grows as labels, fields and lets are met; `later` holds those that are still to come. `entries` are the
    entries that stand before (None: all may be named). `measured`: metrics may be named (constraints and objectives).
    `sites`: inside the arguments or choice points of a Python callable.
    """

    names: set[str] = attrs.field(factory=set)
    parent: Scope | None = None
    later: set[str] = attrs.field(factory=set)
    entries: set[str] | None = None
    measured: bool = False
    sites: bool = False

    def inner(self, names: set[str] | None = None, *, measured: bool = False, sites: bool = False) -> Scope:
        """Return a frame inside this one."""
        return Scope(names or set(), self, set(), self.entries, self.measured or measured, self.sites or sites)

    def frames(self) -> Iterator[Scope]:
        """Yield this frame and those around it, nearest first."""
        frame: Scope | None = self
        while frame is not None:
            yield frame
            frame = frame.parent

    def visible(self) -> set[str]:
        """Return all local names that are visible."""
        return {name for frame in self.frames() for name in frame.names}

    def has(self, name: str) -> bool:
        """Tell whether a local name is visible."""
        return any(name in frame.names for frame in self.frames())

    def is_later(self, name: str) -> bool:
        """Tell whether a local name stands further down."""
        return any(name in frame.later for frame in self.frames())


@attrs.frozen(eq=False)
class Context:
    """One text being resolved. `walk` is the function that resolves any node (it closes the recursion over the files).

    In an imported file `prefix` stands before the names of its definitions, and `outside` are the names of the file that
    was asked for: in the canonical text, which has no imports, they would take the place of built-in names. Tables of rows
    lie in `folder`, and not outside `root` (None: nowhere). `repeats`: names of repeats that are the value of an entry, and
    the name of that.
    """

    source: Source
    comments: Comments
    definitions: Mapping[str, Definition]
    entries: frozenset[str]
    operators: Operators
    task: TaskFacts | None
    walk: Callable[[Context, Raw, Scope], Node]
    warnings: list[SpaceError] = attrs.field(factory=list)
    prefix: str = ""
    outside: frozenset[str] = frozenset()
    folder: Path | None = None
    root: Path | None = None
    repeats: Mapping[str, str] = attrs.field(factory=dict)

    def value(self, node: Raw | Option, scope: Scope) -> Node:
        """Resolve a node in a scope. Raises E207 for one option by itself, with a weight or mark."""
        if isinstance(node, Option):
            raise self.error("E207", "a weight or a default belongs to one of several options", node.place, "write a | b @ 2")
        return self.walk(self, node, scope)

    def span(self, place: Place) -> Span:
        """Return a place as a span of the source."""
        span = spanned(place, self.source)
        assert span is not None
        return span

    def error(self, code: str, message: str, place: Place, hint: str | None = None) -> SpaceError:
        """Return the error at a place, to be raised."""
        return SpaceError(code, message, self.span(place), hint)

    def full(self, name: str, place: Place, scope: Scope) -> str:
        """Return the name that a definition has in the space. Raises E202 where a local name hides its first part."""
        first = self.prefix.partition(".")[0]
        if first and scope.has(first):
            hint = "rename it, or import the file under another name"
            raise self.error("E202", f"a local name hides {first!r}, under which this file is imported", place, hint)
        return self.prefix + name

    def built_in(self, name: str, place: Place) -> None:
        """Raise E202 where the name of something built in means something else in the file that imports this one."""
        if name in self.outside:
            hint = "rename it there: the text of a space holds both files"
            raise self.error("E202", f"{name!r} is built in here, and a name of the file that imports this one", place, hint)

    def metrics(self) -> Mapping[str, bool] | None:
        """Return the metrics that the task reports, or None when the task is not known (then any name is a metric)."""
        return None if self.task is None else self.task.metrics
