"""The table: a space as flat arrays, one column a decision (or set member). All repeated work is done on it.

Column order and evaluation order differ where a shared choice hangs on later decisions: `order` lists the columns so that
whatever a column's guard and bounds read comes before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from symbolic.errors import Span
from symbolic.nodes import Scalar
from symbolic.table.instances import Fields, Instance

if TYPE_CHECKING:
    from symbolic.building.blueprint import Blueprint
    from symbolic.table.diagram.diagram import Diagram
    from symbolic.table.options import Options
    from symbolic.table.plan import Plan
    from symbolic.table.vary_one import Tracks

ONE, BIT, ORDER, INT, FLOAT = range(5)
KINDS = ("one", "bit", "order", "int", "float")
I8 = NDArray[np.int8]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]


@attrs.frozen(eq=False)
class Test:
    """Active where `parent` holds and the code of `column` is one of `codes`."""

    parent: int
    column: int
    codes: frozenset[int]


@attrs.frozen(eq=False)
class Member:
    """Active where `parent` holds and option `code - 1` is in the permutation `columns`."""

    parent: int
    columns: tuple[int, ...]
    code: int


@attrs.frozen(eq=False)
class When:
    """Active where `parent` holds and `condition` is known and equals `polarity`."""

    parent: int
    condition: Instance
    polarity: bool


@attrs.frozen(eq=False)
class AnyOf:
    """Active where one of `guards` holds (-1 among them: always): a shared choice with several uses."""

    guards: tuple[int, ...]


Guard = Test | Member | When | AnyOf


@attrs.frozen(eq=False)
class SetOf:
    """The columns of one subset or permutation and how many may be picked; `most`: how often an option (more: a multiset)."""

    path: str
    columns: tuple[int, ...]
    low: int
    high: int
    ordered: bool
    guard: int
    most: int = 1


@attrs.frozen(eq=False)
class Rule:
    """A constraint over decisions: violated when a `require` is known false or a `forbid` known true."""

    kind: Literal["require", "forbid"]
    condition: Instance
    text: str
    span: Span | None = None


@attrs.frozen
class Fidelity:
    """A fidelity of the space: a number on a grid, driven by a scheduler or left at its high end."""

    path: str
    low: float
    high: float
    step: float | None = None
    log: bool = False
    integer: bool = True


@attrs.frozen(eq=False)
class Table:
    """A lowered space. Arrays are read-only, `[C]` unless said; see `reference` in `docs/language.md`.

    `guard`, `order`, `end`, `parent` as in the docs: guard id or -1; evaluation order; end of the subtree; column of a
    simple guard or -1. `prob` are probabilities of the codes or None (uniform). `low_x`, `high_x` bound expressions or
    None. `default` a code, or a value for a float. `values` of a one-of are Python values (labels where not constant).
    Each column of a set has the labels of all its options.
    """

    path: tuple[str, ...]
    kind: I8
    card: I64
    low: F64
    high: F64
    step: F64
    log: Bools
    integer: Bools
    labels: tuple[tuple[str, ...] | None, ...]
    values: tuple[tuple[Scalar, ...] | None, ...]
    prob: tuple[F64 | None, ...]
    prior: F64
    default: F64
    low_x: tuple[Instance | None, ...]
    high_x: tuple[Instance | None, ...]
    decision: I32
    end: I32
    parent: I32
    parent_codes: tuple[frozenset[int] | None, ...]
    guard: I32
    order: I32
    symbol: I32
    spans: tuple[Span | None, ...]
    guards: tuple[Guard, ...]
    sets: tuple[SetOf, ...]
    rules: tuple[Rule, ...]
    fidelities: tuple[Fidelity, ...]
    root: Fields
    where: Mapping[str, int]
    """Column of a path; a set's path leads to its first column."""
    measured: bool = False
    """Whether constraints on metrics (params, accuracy) were left out: then `size` is an upper bound."""
    marked: frozenset[int] = frozenset()
    """Columns whose default the author gave: candidates of an older space take it (see `migrate`)."""
    edited: Mapping[str, str] = attrs.field(factory=dict)
    """Paths of decisions that an edit left without a column, and what became of them (`fixed to "relu"`)."""
    judged: Mapping[str, Instance] = attrs.field(factory=dict)
    """What objectives and limits on metrics read of decisions, by its text."""
    facts: Mapping[str, int] = attrs.field(factory=dict)
    """Facts of the task that the table was made with: what it decides holds for a task with these."""
    float_column: I32 = attrs.field(init=False)
    """Position in `real` of a float column, else -1."""

    def __attrs_post_init__(self) -> None:
        floats = self.kind == FLOAT
        object.__setattr__(self, "float_column", np.where(floats, np.cumsum(floats) - 1, -1).astype(np.int32))

    def __len__(self) -> int:
        return len(self.path)

    @property
    def n_floats(self) -> int:
        """How many columns are floats."""
        return int((self.kind == FLOAT).sum())

    @cached_property
    def plan(self) -> Plan:
        """The decisions in evaluation order and who depends on whom, made once."""
        from symbolic.table.plan import make_plan

        return make_plan(self)

    @cached_property
    def blueprint(self) -> Blueprint:
        """What building knows before anything is asked, found out as needed."""
        from symbolic.building.blueprint import Blueprint

        return Blueprint(self)

    @cached_property
    def tracks(self) -> Tracks:
        """What follows from a change of each decision, for mutations of one row, made as needed."""
        from symbolic.table.vary_one import make_tracks

        return make_tracks(self)

    @cached_property
    def options(self) -> Options:
        """The flat option axis of mixtures, made once."""
        from symbolic.table.options import Options

        return Options(self)

    @cached_property
    def diagram(self) -> Diagram:
        """The decision diagram that counts, ranks and draws without rejection, made once."""
        from symbolic.table.diagram.diagram import make_diagram

        return make_diagram(self)


@attrs.frozen
class Size:
    """How many candidates: floats count once; `exact` False means an upper bound; `continuous`: it has floats."""

    value: int
    exact: bool
    continuous: bool

    def __str__(self) -> str:
        return f"{'' if self.exact else 'at most '}{self.value}{' (floats count once)' if self.continuous else ''}"
