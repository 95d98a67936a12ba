"""Points of a study whose space was edited: each is read by the version it was written with, and moved to the newest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs

from backends.store import columns
from symbolic.candidate import Candidate
from symbolic.errors import SpaceError
from symbolic.language.load import parse
from symbolic.migration import Lost, migrate
from symbolic.nodes import Rename
from symbolic.points import Point
from symbolic.search.store import StoreError
from symbolic.space import Space
from symbolic.table.table import Fidelity, Table


@attrs.frozen(slots=False)
class Generation:
    """One version of a study's space as the store has it: its text, and the columns its points are written with."""

    version: int
    text: str
    described: str

    @cached_property
    def space(self) -> Space:
        """The space. Raises `StoreError` where this library reads its text no more."""
        try:
            return parse(self.text, f"version {self.version} of the study's space")
        except SpaceError as e:
            raise StoreError(f"an older version of the study's space cannot be read: {e}") from e

    @cached_property
    def reader(self) -> columns.Reader:
        """The reader of the points as they were written."""
        return columns.reader(self.described, self.space.lower())


@attrs.frozen(slots=False)
class Move:
    """From one version to the newest: `renames` are those of all versions after it, in order."""

    old: Generation
    new: Space
    renames: tuple[Rename, ...]

    @cached_property
    def alike(self) -> bool:
        """Whether both have the same candidates: what differs is what they are measured by."""
        return _bare(self.old.space) == _bare(self.new)

    @cached_property
    def target(self) -> Space:
        """The newest version with the renames of all versions after the old one."""
        return attrs.evolve(self.new, renames=self.renames)

    def point(self, text: str) -> Point | Lost:
        """Return a stored point as one of the newest version, or why it is none."""
        point = self.old.reader.read(text)
        if self.alike:
            return point
        moved = migrate(Candidate(self.old.space, point), self.old.space, self.target)
        return moved if isinstance(moved, Lost) else moved.point

    def fidelity(self, value: float | None) -> float | Lost | None:
        """Return the fidelity of a trial (None: the high end) as one of the newest version, whose ends may be others."""
        old, new = _only(self.old.space), _only(self.new)
        if old is None:
            return value
        at = old.high if value is None else value
        if new is None:
            return None if value is None else Lost(f"it was measured at {old.path} = {at:g}, which is no fidelity any more")
        if not new.low <= at <= new.high:
            return Lost(f"it was measured at {old.path} = {at:g}, which is outside {new.low:g}..{new.high:g}")
        return None if at == new.high else at


def _bare(space: Space) -> Space:
    return attrs.evolve(space, name="", version=1, objectives=(), renames=())


def _only(space: Space) -> Fidelity | None:
    fidelities = space.lower().fidelities
    return fidelities[0] if len(fidelities) == 1 else None


def moves(generations: Sequence[Generation], new: Space) -> Mapping[int, Move]:
    """Return the way of every version but the last to the newest space."""
    found: dict[int, Move] = {}
    renames = new.renames
    for generation in reversed(generations):
        found[generation.version] = Move(generation, new, _once(renames))
        renames = (*generation.space.renames, *renames)
    return found


def _once(renames: Sequence[Rename]) -> tuple[Rename, ...]:
    """Return renames without repeats: a statement that stands in several versions of a text moves once."""
    return tuple(dict.fromkeys(renames))


@attrs.define
class Points:
    """Reads the points of a study as those of its newest version.

    `outdated`: numbers of trials whose candidate has no meaning there any more. Trials before `since` were proposed by
    another algorithm, or in another space: what the algorithm noted with them means nothing to the one that goes on.
    """

    version: int
    newest: columns.Reader
    older: Mapping[int, Move] = attrs.field(factory=dict)
    outdated: frozenset[int] = frozenset()
    since: int = 0

    def read(self, text: str, version: int) -> Point:
        """Return the point of a trial that is not outdated."""
        if version == self.version or version not in self.older:
            return self.newest.read(text)
        moved = self.older[version].point(text)
        assert not isinstance(moved, Lost), "an outdated trial is not read as one of the newest space"
        return moved

    def fidelity(self, value: float | None, version: int) -> float | None:
        """Return the fidelity of a trial; that of an outdated one as it was."""
        if version == self.version or version not in self.older:
            return value
        moved = self.older[version].fidelity(value)
        return value if isinstance(moved, Lost) else moved

    def history(self, text: str, version: int) -> tuple[Point, Space]:
        """Return the point of an outdated trial and the space it belongs to."""
        old = self.older[version].old
        return old.reader.read(text), old.space

    def memo(self, number: int, memo: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the algorithm that goes on noted with a trial."""
        return {} if number < self.since else memo


def points(
    generations: Sequence[Generation], version: int, table: Table, outdated: Sequence[int] = (), since: int = 0
) -> Points:
    """Return the reader of a study's points as points of `table`, that of version `version`."""
    current = next(g for g in generations if g.version == version)
    newest = columns.reader(current.described, table)
    others = [g for g in generations if g.version != version]
    older = moves(others, current.space) if others else {}
    return Points(version, newest, older, frozenset(outdated), since)
