"""What expansion collects while it walks a space: columns, guards, sets, rules. `lower` makes the arrays of a table of it.

Guards keep their numbers for good, since conditionals and formulas refer to them; columns are renumbered once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeAlias

import attrs

from symbolic.errors import SpaceError, Span
from symbolic.nodes import Constraint, Edit, Node, Scalar
from symbolic.table.hull import Interval
from symbolic.table.instances import Conditional, Constant, Decided, Formula, Instance
from symbolic.table.scope import Named, Scope
from symbolic.table.table import Fidelity, Member, Test, When

MAX_COLUMNS = 20_000
"""Decisions and members of sets of one space."""
MAX_NODES = 400_000

ABSENT = Conditional(Constant(False), Constant(None), None)
"""What stands where a condition is false before the search starts."""


@attrs.define(eq=False)
class Column:
    """A column to be. `owner` is the shared choice it belongs to; `end` the end of its subtree.

    `marked`: the default is the author's own.
    """

    path: str
    kind: int
    card: int
    guard: int
    labels: tuple[str, ...] | None = None
    values: tuple[Scalar, ...] | None = None
    weights: tuple[float, ...] | None = None
    low: float = 0
    high: float = 0
    step: float = 1
    log: bool = False
    integer: bool = False
    low_x: Instance | None = None
    high_x: Instance | None = None
    prior: float | None = None
    default: float | None = None
    marked: bool = False
    set: int = -1
    span: Span | None = None
    owner: str | None = None
    end: int = -1


@attrs.define(eq=False)
class Alternatives:
    """A guard that holds where one of others does; uses are added as they are met."""

    guards: list[int] = attrs.field(factory=list)


DraftGuard: TypeAlias = Test | Member | When | Alternatives


@attrs.define(eq=False)
class DraftSet:
    """The columns of a subset or permutation."""

    path: str
    columns: list[int]
    low: int
    high: int
    ordered: bool
    guard: int
    most: int = 1


@attrs.frozen(eq=False)
class Context:
    """What is said of a place and of most places inside it.

    `depths`: what is left of each rule. `reuse`: the columns exist already (a further use of a shared choice). `activate`:
    reading a shared choice makes it active (not so in constraints). `rules`: constraints of bodies count here. `plain`:
    neither in an option, a repeat, a rule nor a shared choice. `known`: which option choices are known to have taken, by path.
    """

    depths: Mapping[str, int] = attrs.field(factory=dict)
    reuse: bool = False
    activate: bool = True
    rules: bool = True
    plain: bool = True
    known: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen(eq=False)
class Place:
    """Where a node is expanded: its path, the names in scope, the guard under which it stands (-1: always)."""

    path: str
    scope: Scope
    guard: int = -1
    context: Context = Context()

    def inside(self, part: str) -> Place:
        """Return the place one part further down the path; a part that holds `/` is quoted."""
        part = json.dumps(part, ensure_ascii=False) if "/" in part else part
        return Place(f"{self.path}/{part}", self.scope, self.guard, self.context)

    def within(self, scope: Scope) -> Place:
        """Return the place with other names in scope."""
        return Place(self.path, scope, self.guard, self.context)

    def to(self, path: str) -> Place:
        """Return the place at another path."""
        return Place(path, self.scope, self.guard, self.context)

    def under(self, guard: int) -> Place:
        """Return the place under a further guard, in an option, a branch or an instance."""
        context = attrs.evolve(self.context, plain=False) if self.context.plain else self.context
        return Place(self.path, self.scope, guard, context)

    def passive(self) -> Place:
        """Return the place as one where nothing becomes active."""
        return Place(self.path, self.scope, self.guard, attrs.evolve(self.context, activate=False))


@attrs.define(eq=False)
class Draft:
    """Everything collected so far."""

    columns: list[Column] = attrs.field(factory=list)
    where: dict[str, int] = attrs.field(factory=dict)
    decided: dict[str, Instance] = attrs.field(factory=dict)
    """Every decision met, by path; those without a column too (fixed, tied)."""
    guards: list[DraftGuard] = attrs.field(factory=list)
    inner: dict[Named, dict[Named, int]] = attrs.field(factory=dict)
    """Guards of the items of a repeat, the options of a choice, the branches of a conditional."""
    settled: dict[Instance, tuple[str, ...]] = attrs.field(factory=dict)
    """Labels that stand where a choice is no decision: one option left, or fixed."""
    sets: list[DraftSet] = attrs.field(factory=list)
    fidelities: list[Fidelity] = attrs.field(factory=list)
    constraints: list[tuple[Constraint, Place]] = attrs.field(factory=list)
    """Constraints of bodies and of the space, expanded last."""
    edits: dict[str, Edit] = attrs.field(factory=dict)
    tie_targets: frozenset[str] = frozenset()
    owners: list[str] = attrs.field(factory=list)
    completed: list[str] = attrs.field(factory=list)
    """Shared choices in the order in which their first use was complete."""
    read: set[str] = attrs.field(factory=set)
    """Shared choices that conditions, bounds or counts read."""
    intervals: dict[Formula, Interval] = attrs.field(factory=dict)
    """Between which numbers expressions lie, as far as it was asked."""
    defined: set[Formula] = attrs.field(factory=set)
    """Expressions known to have a value for every candidate, or to have no bounds that could tell."""
    weights: dict[Instance, int] = attrs.field(factory=dict)
    """How many parts expressions have, all they name written out."""
    judged: dict[str, Instance] = attrs.field(factory=dict)
    """What objectives and limits on metrics read of decisions, by its text."""
    facts: dict[str, int | None] = attrs.field(factory=dict)
    """Facts of the task that expressions read; None for one that no task says."""
    costs: bool = False
    """Whether a value was met that is computed from a cost."""
    nodes: int = 0

    def tick(self, node: Node) -> None:
        """Count an expanded node. Raises E405 past the limit."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            hint = "lower the repeat count or the depth"
            raise SpaceError("E405", f"the space unrolls to more than {MAX_NODES} nodes", node.span, hint)

    def add(self, column: Column) -> int:
        """Append a column and return its number. Raises E202 when its path is taken."""
        if len(self.columns) >= MAX_COLUMNS:
            raise SpaceError(
                "E405", f"the space has more than {MAX_COLUMNS} decisions", column.span, "lower the repeat count or the depth"
            )
        self.claim(column.path, column.span)
        column.owner = self.owners[-1] if self.owners else None
        self.where[column.path] = len(self.columns)
        self.columns.append(column)
        return len(self.columns) - 1

    def claim(self, path: str, span: Span | None) -> None:
        """Raise E202 when a decision has this path already."""
        if path in self.where or path in self.decided:
            raise SpaceError("E202", f"two decisions have the path {path!r}", span, "name one of them with 'as'")

    def settle(self, at: Place, value: Instance, span: Span | None) -> None:
        """Note a decision that an edit fixed: it has a path and no column."""
        if not at.context.reuse:
            self.claim(at.path, span)
        self.decided.setdefault(at.path, value)

    def inner_guard(self, container: Named, part: Named, outer: int) -> int:
        """Return the guard under which a part of something stands; its own guard's where it adds none."""
        return self.inner.get(container, {}).get(part, outer)

    def column(self, decided: Decided) -> Column:
        """Return the column of a decision."""
        return self.columns[self.where[decided.path]]

    def guard(self, guard: DraftGuard) -> int:
        """Append a guard and return its number."""
        self.guards.append(guard)
        return len(self.guards) - 1

    def implies(self, guard: int, other: int) -> bool:
        """Return whether `guard` holds only where `other` does, as far as parents and the uses of shared choices tell."""
        if other == -1:
            return True
        while guard not in (-1, other):
            g = self.guards[guard]
            if isinstance(g, Alternatives):
                return bool(g.guards) and all(self.implies(one, other) for one in g.guards)
            guard = g.parent
        return guard == other
