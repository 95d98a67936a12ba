"""Places: where in a program a decision stands, and the short stable path that its place gets.

Places form a tree that tracing grows and building looks up: objects under construction, scopes, choices, and below a choice
its options or rounds. E202: two unlike things with one name in one scope.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from typing import Literal, TypeAlias

import attrs

from symbolic.errors import SpaceError, Span
from symbolic.python.asked import Asked
from symbolic.python.formulas import Formula

Kind: TypeAlias = Literal["root", "object", "scope", "choice", "option", "series", "round"]
Chain: TypeAlias = tuple[tuple[int, int, str], ...]
"""Positions of the calls that lead from a scope to an object, outermost first: line, column, function."""


@attrs.define(eq=False)
class Place:
    """One node of the tree. `path` is relative to the program and set by `name_places`.

    `asked` is what a choice offers, `site` the line that asked it first; `count` the formula of a series
    (a repeat whose count was answered before).
    """

    kind: Kind
    name: str
    parent: Place | None = None
    index: int | None = None
    chain: Chain = ()
    asked: Asked | None = None
    site: Hashable = None
    count: Formula | None = None
    span: Span | None = None
    children: dict[Hashable, Place] = attrs.field(factory=dict, repr=False)
    part: str = ""
    path: str = ""

    def child(self, key: Hashable) -> Place | None:
        """Return a child seen before, or None."""
        return self.children.get(key)

    def grow(self, key: Hashable, place: Place) -> Place:
        """Add a child."""
        self.children[key] = place
        return place

    @property
    def ancestors(self) -> Iterator[Place]:
        """The places above, innermost first."""
        above = self.parent
        while above is not None:
            yield above
            above = above.parent

    def walk(self) -> Iterator[Place]:
        """Yield the place and everything below, in order of discovery."""
        yield self
        for below in self.children.values():
            yield from below.walk()

    def __str__(self) -> str:
        """Return the path, or a provisional one while tracing."""
        if self.path or self.kind == "root":
            return self.path
        return "/".join(reversed([place.name for place in (self, *self.ancestors) if place.name]))


def snake(name: str) -> str:
    """Return a class name in snake case.

    >>> snake("ConvBN"), snake("HTTPServer"), snake("Unit")
    ('conv_bn', 'http_server', 'unit')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def name_places(root: Place) -> None:
    """Give every place below `root` its path. Objects with one name are numbered in source order, then by order of creation.

    Raises E202 when two unlike things in one scope get the same name.
    """
    groups: dict[str, list[Place]] = {}
    for place in root.children.values():
        if place.kind == "object":
            groups.setdefault(place.name, []).append(place)
    for name, places in groups.items():
        ordered = sorted(places, key=_source_order)
        for number, place in enumerate(ordered):
            place.part = name if len(ordered) == 1 else f"{name}[{number}]"
    taken: dict[str, Place] = {}
    for place in root.children.values():
        if place.kind != "object":
            place.part = place.name if place.index is None else f"{place.name}[{place.index}]"
        for part in _parts(place):
            if part in taken:
                raise _clash(part, taken[part], place)
            taken[part] = place
        place.path = _join(root, place)
        name_places(place)


def _parts(place: Place) -> list[str]:
    """Return the names a place takes in its scope: the rounds of a repeat stand beside its count."""
    rounds = [f"{place.part}[{below.index}]" for below in place.children.values() if below.kind == "round"]
    return rounds if place.kind == "series" else [place.part, *rounds]


def _source_order(place: Place) -> tuple[list[tuple[int, int]], int, str]:
    return [(line, column) for line, column, _ in place.chain], place.index or 0, repr(place.chain)


def _join(root: Place, place: Place) -> str:
    if place.kind == "round":
        return f"{root.path}[{place.index}]"
    return f"{root.path}/{place.part}" if root.path else place.part


def _clash(part: str, first: Place, second: Place) -> SpaceError:
    words = {"object": "an object", "scope": "a scope", "choice": "a choice", "series": "a repeat", "option": "an option"}
    kinds = f"{words.get(first.kind, first.kind)} and {words.get(second.kind, second.kind)}"
    scope = f" in {first.parent.path!r}" if first.parent is not None and first.parent.path else ""
    hint = "give the choice another name=, or assign the object to another attribute"
    return SpaceError("E202", f"{kinds} are both called {part!r}{scope}", second.span or first.span, hint)
