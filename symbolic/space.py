"""`Space`: an immutable, hashable tree with constraints, objectives and task: everything that can be searched."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from symbolic.nodes import Call, Constraint, Def, Edit, Goal, Record, Rename

if TYPE_CHECKING:
    from rich.console import RenderableType

    from symbolic.candidate import Candidate
    from symbolic.display.svg import Drawing
    from symbolic.table.table import Size, Table
    from symbolic.task import TaskFacts

HASH_PREFIX = "symspace language 1\n"


@attrs.frozen(slots=False)
class Space:
    """A search space. Equal trees are equal spaces, wherever they came from.

    Made by `symbolic.space(...)`, `symbolic.load(...)` or `symbolic.parse(...)`. `objects` holds the live Python objects
    behind `module::Qual` names where the space came from Python, `trusted` the packages it may call beside those it always
    may, `facts` those of a task that was handed over as an object; none takes part in equality, text or hash.
    """

    name: str
    root: Record
    version: int = 1
    task: Call | None = None
    defs: tuple[Def, ...] = ()
    objectives: tuple[Goal, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    renames: tuple[Rename, ...] = ()
    edits: tuple[Edit, ...] = ()
    objects: Mapping[str, Any] = attrs.field(factory=dict, eq=False, repr=False)
    trusted: tuple[str, ...] = attrs.field(default=(), eq=False, repr=False)
    facts: TaskFacts | None = attrs.field(default=None, eq=False, repr=False)

    @cached_property
    def _table(self) -> Table:
        from symbolic.table.lower import lower

        return lower(self)

    def lower(self) -> Table:
        """Return the table of the space, made once. Raises `SpaceError` (E2xx-E5xx) at the place that is wrong."""
        return self._table

    def text(self) -> str:
        """Return the canonical `.space` text; `parse(space.text()) == space`."""
        from symbolic.language.printer import print_space

        return print_space(self)

    @cached_property
    def hash(self) -> str:
        """16 hex digits of the SHA-256 of the canonical text."""
        return hashlib.sha256((HASH_PREFIX + self.text()).encode()).hexdigest()[:16]

    def size(self) -> Size:
        """Return how many candidates the space has. Raises E501 if there is none."""
        from symbolic.table import size

        return size(self.lower())

    def sample(self, n: int = 1, seed: int = 0, *, how: str = "prior") -> list[Candidate]:
        """Return `n` valid candidates drawn from the priors (`how="prior"`) or each equally likely (`"uniform"`).

        Raises `SeedError` for a seed that is none, E601 for a number of candidates that is none.
        """
        from symbolic.candidate import Candidate
        from symbolic.errors import SpaceError
        from symbolic.search.randomness import checked_seed, rng
        from symbolic.table import sample

        if type(n) is not int or n < 0:
            raise SpaceError("E601", f"{n!r} candidates: it is a whole number, 0 or more")
        population = sample(self.lower(), n, rng(checked_seed(seed), 0), how=how)
        return [Candidate(self, population[i]) for i in range(n)]

    def candidate(self, values: Mapping[str, Any]) -> Candidate:
        """Return the candidate with exactly these values by path. Raises E601 for a missing, unknown or wrong one.

        A decision that may change in the course of a training may have a schedule as its value, see `symbolic.schedules`.
        """
        from symbolic.candidate import Candidate
        from symbolic.schedules import point_of

        return Candidate(self, point_of(self.lower(), values))

    def default(self) -> Candidate:
        """Return the candidate of defaults: trial 0 of a study. Raises E501 if it violates a constraint."""
        from symbolic.candidate import Candidate
        from symbolic.table import default_point

        return Candidate(self, default_point(self.lower()))

    def draw(self) -> Drawing:
        """Return a drawing of the network with its choices open: shown by notebooks, `.save("space.svg")` writes it.

        Raises `DrawingError` where no entry is a network.
        """
        from symbolic.display.drawing import draw_space

        return draw_space(self)

    def __repr__(self) -> str:
        return f"<space {self.name}: {', '.join(self.entries)}>"

    def __rich__(self) -> RenderableType:
        from symbolic.display.space_view import space_view
        from symbolic.display.terminal import as_rich

        return as_rich(space_view(self))

    def _repr_html_(self) -> str:
        from symbolic.display.html import as_html
        from symbolic.display.space_view import space_view

        return as_html(space_view(self))

    def freeze(self, values: Mapping[str, Any]) -> Space:
        """Return the space with some decisions fixed, by path. Raises E406 for a path that is no decision."""
        from symbolic.passes.freeze import freeze

        return freeze(self, values)

    @property
    def entries(self) -> Sequence[str]:
        """The names of the entries, in order."""
        return [f.key for f in self.root.fields]
