"""Paths as an outline: what has a common beginning stands together, one level deeper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

import attrs

T = TypeVar("T")


@attrs.define(eq=False)
class Entry(Generic[T]):
    """A part of a path, what stands there (None: nothing by itself), and what stands below."""

    name: str
    content: T | None = None
    inner: dict[str, Entry[T]] = attrs.field(factory=dict)

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Entry[T]]]:
        """Yield this entry and those below, each with its depth, from top to bottom."""
        yield depth, self
        for entry in self.inner.values():
            yield from entry.walk(depth + 1)


def outline(contents: Iterable[tuple[str, T]]) -> tuple[Entry[T], ...]:
    """Return the outline of contents by path, in the order given. A way without contents and forks is one entry.

    >>> [(depth, e.name) for e in outline([("a/b/c", 1), ("a/b/d[0]", 2), ("e", 3)]) for depth, e in e.walk()]
    [(0, 'a/b'), (1, 'c'), (1, 'd[0]'), (0, 'e')]
    """
    root: Entry[T] = Entry("")
    for path, content in contents:
        at = root
        for part in parts(path):
            at = at.inner.setdefault(part, Entry(part))
        at.content = content
    return tuple(_short(entry) for entry in root.inner.values())


def parts(path: str) -> list[str]:
    """Return the parts of a path; an index or a quoted key is a part of its own where more stands before it.

    >>> parts('model/stage[1]/unit'), parts('a/"b/c"/d')
    (['model', 'stage', '[1]', 'unit'], ['a', '"b/c"', 'd'])
    """
    found: list[str] = []
    for part in re.findall(r'(?:[^/"]|"(?:[^"\\]|\\.)*")+', path):
        name, *steps = re.findall(r'\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\]|(?:[^\["]|"(?:[^"\\]|\\.)*")+', part)
        found += [name, *steps]
    return found


def _short(entry: Entry[T]) -> Entry[T]:
    """Join an entry with its only inner one as long as nothing stands between them."""
    while entry.content is None and len(entry.inner) == 1:
        (only,) = entry.inner.values()
        between = "" if only.name.startswith("[") else "/"
        entry = Entry(f"{entry.name}{between}{only.name}", only.content, only.inner)
    return Entry(entry.name, entry.content, {key: _short(inner) for key, inner in entry.inner.items()})
