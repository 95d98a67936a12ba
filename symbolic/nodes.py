"""The tree level of the IR: a closed union of frozen nodes. Spans and docs take no part in equality.

Names are resolved and arguments bound before a `Space` exists: no pass meets a raw name.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from symbolic.errors import Span

Scalar: TypeAlias = int | float | bool | str | None


def _span() -> Span | None:
    return attrs.field(default=None, eq=False, repr=False, kw_only=True)  # type: ignore[no-any-return]


def _doc() -> str | None:
    return attrs.field(default=None, eq=False, repr=False, kw_only=True)  # type: ignore[no-any-return]


def _positive_zero(value: Scalar) -> Scalar:
    return 0.0 if isinstance(value, float) and value == 0.0 else value


def _typed(value: Scalar) -> tuple[type, Scalar]:
    """A key under which 1, 1.0 and True differ."""
    return type(value), value


@attrs.frozen
class Const:
    """A literal. `1`, `1.0` and `true` are three different constants; `-0.0` is stored as `0.0`."""

    value: Scalar = attrs.field(eq=_typed, converter=_positive_zero)
    unit: str | None = None
    span: Span | None = _span()


@attrs.frozen
class Obj:
    """An importable Python object, `pkg.module::Qual.name`, itself the value."""

    name: str
    span: Span | None = _span()


@attrs.frozen
class Arg:
    """An argument of a call (`name` None: positional, of an unregistered callable), or a bound name of a let."""

    name: str | None
    value: Node


@attrs.frozen
class Call:
    """An operator, an importable callable (`fn` holds `::`), or one of `>>`, `list`, `tuple`."""

    fn: str
    args: tuple[Arg, ...] = ()
    body: Node | None = None
    sites: Record | None = None
    span: Span | None = _span()


@attrs.frozen
class Use:
    """A use of a block, rule or shared choice."""

    name: str
    args: tuple[Arg, ...] = ()
    span: Span | None = _span()


Step: TypeAlias = "str | int | Node"  # a name or key, an index, an index expression; the string "*" gathers, "**" at any depth


@attrs.frozen
class Ref:
    """A name in scope with steps into it."""

    name: str
    steps: tuple[Step, ...] = ()
    span: Span | None = _span()


@attrs.frozen
class Option:
    """One option of a choice; `label` is always filled in."""

    label: str
    value: Node
    weight: float = 1.0
    default: bool = False
    span: Span | None = _span()


@attrs.frozen
class Choice:
    """One of the options, or a subset, permutation or multiset (an option several times) of `low..high` of them."""

    options: tuple[Option, ...]
    form: Literal["one", "subset", "permutation", "multiset"] = "one"
    low: int = 1
    high: int = 1
    span: Span | None = _span()


@attrs.frozen
class Range:
    """A numeric range, both ends included. Ends, step, prior and default are expressions.

    `times`: the factor of a geometric grid whose ends are no constants; with constant ends it is a `Choice`.
    """

    low: Node
    high: Node
    step: Node | None = None
    log: bool = False
    prior: Node | None = None
    default: Node | None = None
    fidelity: bool = False
    times: Node | None = None
    span: Span | None = _span()


@attrs.frozen
class Repeat:
    """`repeat count as name[index] { body }`."""

    count: Node
    body: Node
    name: str | None = None
    index: str | None = None
    span: Span | None = _span()


@attrs.frozen
class If:
    """`then if cond else other`; `other` None is a guard (`then when cond`)."""

    cond: Node
    then: Node
    other: Node | None = None
    span: Span | None = _span()


@attrs.frozen
class Expr:
    """Arithmetic, comparison, logic, a function, or `metric` (then the first argument is its name)."""

    op: str
    args: tuple[Node, ...]
    span: Span | None = _span()


@attrs.frozen
class Field:
    """A named value of a record; a guard is an `If` without `other` as the value."""

    key: str
    value: Node
    doc: str | None = _doc()
    span: Span | None = _span()


@attrs.frozen
class Record:
    """Named values in order; a field sees the fields before it."""

    fields: tuple[Field, ...]
    span: Span | None = _span()


@attrs.frozen
class Constraint:
    """`require condition` or `forbid condition`."""

    kind: Literal["require", "forbid"]
    condition: Node
    span: Span | None = _span()


@attrs.frozen
class Let:
    """Local names, each decided once, and constraints that hold per instance of the body."""

    names: tuple[Arg, ...]
    body: Node
    constraints: tuple[Constraint, ...] = ()
    span: Span | None = _span()


@attrs.frozen
class Param:
    """A parameter of a definition; `type` is one of int float bool str module output weights any."""

    name: str
    type: str
    default: Node | None = None
    span: Span | None = _span()


@attrs.frozen
class Def:
    """A definition: `shared` (decided once), `block` (afresh at each use), `rule` (a block that may recurse)."""

    kind: Literal["shared", "block", "rule"]
    name: str
    params: tuple[Param, ...]
    body: Node
    depth: int | None = None
    doc: str | None = _doc()
    span: Span | None = _span()


@attrs.frozen
class Goal:
    """An objective: an expression over metrics, minimised or maximised."""

    maximize: bool
    expression: Node
    span: Span | None = _span()


@attrs.frozen
class Edit:
    """What a pass wrote about one path: `fix` to a value, `limit` to some, `tie` to another path."""

    kind: Literal["fix", "limit", "tie"]
    path: str
    value: Node
    span: Span | None = _span()


@attrs.frozen
class Rename:
    """`renamed old to new`: stored candidates that say `old`, or anything below it, mean `new`."""

    old: str
    new: str
    span: Span | None = _span()


Node: TypeAlias = "Const | Obj | Call | Use | Ref | Choice | Range | Repeat | If | Expr | Record | Let"
