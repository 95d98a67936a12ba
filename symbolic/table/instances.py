"""The instance tree: a space with blocks inlined, rules bounded and repeats unrolled to their highest count.

Lowering makes it once; building, drawing and the evaluation of expressions walk it. An instance names its decision by path,
never by column number. Instances are compared by identity: one `Decided` met twice is one decision named twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import attrs

from symbolic.errors import Span
from symbolic.nodes import Scalar
from symbolic.table.allowed import AllowedRows


@attrs.frozen(eq=False)
class Constant:
    """A value known at lowering."""

    value: Scalar


@attrs.frozen(eq=False)
class External:
    """An importable object, `module::Qual`, itself the value."""

    name: str
    span: Span | None = None


@attrs.frozen(eq=False)
class Fact:
    """A fact of the task (`classes`), filled in when something is built; `value` where the space says its task."""

    name: str
    span: Span | None = None
    value: int | None = None


@attrs.frozen(eq=False)
class Varying:
    """A fidelity: the trial's value while building, its high end in expressions."""

    path: str
    high: int | float


@attrs.frozen(eq=False)
class Decided:
    """A one-of, integer, float or count decision. `options` (one-of only) in code order, under `labels`."""

    path: str
    options: tuple[Instance, ...] = ()
    labels: tuple[str, ...] = ()
    span: Span | None = None


@attrs.frozen(eq=False)
class Members:
    """A subset (`ordered` False) or permutation decision; `columns` are the paths of its columns."""

    path: str
    columns: tuple[str, ...]
    options: tuple[Instance, ...]
    labels: tuple[str, ...]
    low: int
    high: int
    ordered: bool
    span: Span | None = None


@attrs.frozen(eq=False)
class Operation:
    """A call of an operator or of an importable callable; `path` is where its choice points live."""

    fn: str
    path: str
    named: Mapping[str, Instance]
    positional: tuple[Instance, ...] = ()
    body: Instance | None = None
    sites: Fields | None = None
    span: Span | None = None


@attrs.frozen(eq=False)
class Chain:
    """A sequence `a >> b`; `names` are the components (`unit`, `unit#2`, labels), parallel to `items`."""

    items: tuple[Instance, ...]
    names: tuple[str, ...]
    path: str = ""


@attrs.frozen(eq=False)
class Fields:
    """A record."""

    fields: Mapping[str, Instance]
    path: str = ""


@attrs.frozen(eq=False)
class Scoped:
    """A block use or a let: names decided once, and the body that sees them."""

    names: Mapping[str, Instance]
    body: Instance


@attrs.frozen(eq=False)
class Repeated:
    """A repeat: `items` up to the highest count, `count` a constant, a decision or an expression."""

    path: str
    count: Instance
    items: tuple[Instance, ...]
    span: Span | None = None


@attrs.frozen(eq=False)
class Conditional:
    """`then if condition else other`; `other` None means absent. `guard`: under which it stands (-1: always)."""

    condition: Instance
    then: Instance
    other: Instance | None
    guard: int = -1


@attrs.frozen(eq=False)
class Formula:
    """An operation of arithmetic, comparison, logic, a function, `guarded`, `metric`, or `rows`.

    `rows`: whether the codes of the decisions in `args` are a row of `allowed`. `metric`: a cost, `args` its name, the name of
    the entry it is the cost of, and that entry.
    """

    op: str
    args: tuple[Instance, ...]
    span: Span | None = None
    allowed: AllowedRows | None = None


@attrs.frozen(eq=False)
class Gathered:
    """What `[*]` and lists give: several instances side by side."""

    items: tuple[Instance, ...]


Instance: TypeAlias = (
    "Constant | External | Fact | Varying | Decided | Members | Operation | Chain | Fields | Scoped | Repeated | Conditional"
    " | Formula | Gathered"
)
