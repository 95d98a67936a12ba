"""The raw tree: what was written, before any name has a meaning. Raw nodes never leave this folder.

Places hold no source, so the parser needs none; whoever reports an error joins the two into a `symbolic.errors.Span`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal as Word
from typing import NamedTuple, TypeAlias

import attrs

from symbolic.nodes import Scalar

MAX_DEPTH = 200


class Place(NamedTuple):
    """Where something stands: line and column from 1 in characters, start and end offsets."""

    line: int
    column: int
    start: int
    end: int

    def to(self, last: Place) -> Place:
        """Return the place from here to the end of `last`."""
        return Place(self.line, self.column, self.start, max(self.end, last.end))


class Fault(Exception):
    """A `SpaceError` before its source is known; never leaves this folder."""

    def __init__(self, code: str, message: str, place: Place | None, hint: str | None = None) -> None:
        super().__init__(code, message)
        self.code, self.message, self.place, self.hint = code, message, place, hint


@attrs.frozen
class Literal:
    """A number, string, `true`, `false` or `none`."""

    value: Scalar
    unit: str | None
    place: Place


@attrs.frozen
class Name:
    """A name on its own."""

    id: str
    place: Place


@attrs.frozen
class Object:
    """`pkg.module::Qual`."""

    name: str
    place: Place


@attrs.frozen
class Attribute:
    """`base.name`."""

    base: Raw
    name: str
    place: Place
    depth: int = 1


@attrs.frozen
class Item:
    """`base[index]`; the index is an expression or one of the words `*` and `**`."""

    base: Raw
    index: Raw | str
    place: Place
    depth: int = 1


@attrs.frozen
class Argument:
    """An argument as written; a guard is an `If` without `other`."""

    name: str | None
    value: Raw
    place: Place


@attrs.frozen
class Call:
    """`fn(args) { body } with { sites }`; `args` None: no parentheses."""

    fn: Raw
    args: tuple[Argument, ...] | None
    body: Raw | None
    sites: Record | None
    place: Place
    depth: int = 1


@attrs.frozen
class Label:
    """`value as name`."""

    value: Raw
    name: str
    place: Place


@attrs.frozen
class Option:
    """An option of a choice or member of a set; `weight` None: not given."""

    value: Raw
    weight: Literal | None
    default: bool
    place: Place


@attrs.frozen
class OneOf:
    """`a | b`."""

    options: tuple[Option, ...]
    place: Place


@attrs.frozen
class Several:
    """`subset count of { ... }`, `permutation count of { ... }`, or `count of { ... }` with repetition."""

    form: Word["subset", "permutation", "multiset"]
    count: Raw | None
    options: tuple[Option, ...]
    place: Place


class Modifier(NamedTuple):
    """`step 2`, `times 2`, `prior 3`, `default 3` or `log` (without a value)."""

    word: str
    value: Raw | None
    place: Place


@attrs.frozen
class Range:
    """`low..high` with modifiers."""

    low: Raw
    high: Raw
    modifiers: tuple[Modifier, ...]
    fidelity: bool
    place: Place


@attrs.frozen
class Repeat:
    """`repeat count as name[index] { body }`."""

    count: Raw
    body: Raw
    name: str | None
    index: str | None
    place: Place


@attrs.frozen
class If:
    """`then if cond else other`, or `then when cond` (`other` None)."""

    cond: Raw
    then: Raw
    other: Raw | None
    place: Place
    depth: int = 1


@attrs.frozen
class Op:
    """An operator of arithmetic, logic or comparison; `and` and `or` take any number of arguments."""

    op: str
    args: tuple[Raw, ...]
    place: Place
    depth: int = 1


@attrs.frozen
class Field:
    """A field of a record, or an entry."""

    key: str
    value: Raw
    place: Place


@attrs.frozen
class Record:
    """`{ key: value, ... }`."""

    fields: tuple[Field, ...]
    place: Place


@attrs.frozen
class Let:
    """`let name = value`."""

    name: str
    value: Raw
    place: Place


@attrs.frozen
class Constraint:
    """`require condition` or `forbid condition`, perhaps guarded by `when`."""

    kind: Word["require", "forbid"]
    condition: Raw
    guard: Raw | None
    place: Place


@attrs.frozen
class Body:
    """`{ let a = 1; require a > 0; value }` with at least one item before the value."""

    items: tuple[Let | Constraint, ...]
    value: Raw
    place: Place


@attrs.frozen
class Sequence:
    """`a >> b`."""

    items: tuple[Raw, ...]
    place: Place


@attrs.frozen
class Listing:
    """`[a, b]` or `(a, b)`."""

    kind: Word["list", "tuple"]
    items: tuple[Raw, ...]
    place: Place


Raw: TypeAlias = (
    "Literal | Name | Object | Attribute | Item | Call | Label | OneOf | Several | Range | Repeat | If | Op | Record | Body"
    " | Sequence | Listing"
)


@attrs.frozen
class Header:
    """`space name version 1`."""

    name: str
    version: Literal | None
    place: Place


@attrs.frozen
class Task:
    """`task digits(batch: 64)`."""

    value: Raw
    place: Place


@attrs.frozen
class Import:
    """`import "cells.space" as lib`."""

    path: str
    alias: str | None
    place: Place


@attrs.frozen
class Parameter:
    """A parameter of a definition; `type` None: untyped."""

    name: str
    type: str | None
    default: Raw | None
    place: Place


@attrs.frozen
class Definition:
    """`shared`, `block` or `rule`."""

    kind: Word["shared", "block", "rule"]
    name: str
    parameters: tuple[Parameter, ...]
    depth: Literal | None
    body: Raw
    place: Place


@attrs.frozen
class Objective:
    """`maximize value` or `minimize value`."""

    maximize: bool
    value: Raw
    place: Place


@attrs.frozen
class Renamed:
    """`renamed old to new`."""

    old: Raw
    new: Raw
    place: Place


@attrs.frozen
class Edit:
    """`fix path to value`, `limit path to [values]`, `tie path to path`."""

    kind: Word["fix", "limit", "tie"]
    path: Raw
    value: Raw
    place: Place


Statement: TypeAlias = "Header | Task | Import | Definition | Field | Objective | Constraint | Renamed | Edit"


def deeper(children: Iterable[Raw | str], place: Place) -> int:
    """Return the depth of a node over `children`. Raises E105 past 200 operators nested or chained without brackets."""
    depth = 1 + max((getattr(child, "depth", 0) for child in children), default=0)
    if depth > MAX_DEPTH:
        raise Fault("E105", f"more than {MAX_DEPTH} operators nested or in one chain", place, "split it: let NAME = ...")
    return depth
