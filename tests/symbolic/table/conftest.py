"""Helpers of the table's tests: operators without signatures, and a reader that finds candidates without guards."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
import pytest

from symbolic.language.load import read
from symbolic.operators import Parameter, Signature
from symbolic.space import Space
from symbolic.table.grid import value_at
from symbolic.table.instances import (
    Chain,
    Conditional,
    Constant,
    Decided,
    Fields,
    Formula,
    Gathered,
    Instance,
    Members,
    Operation,
    Repeated,
    Scoped,
    Varying,
)
from symbolic.table.table import FLOAT, INT, Table

Answers = dict[str, Any]
NAMED = {"conv2d": ("width", "kernel"), "linear": ("width", "bias"), "dropout": ("rate",)}
FREE = ("relu", "gelu", "silu", "skip", "zero", "identity", "tanh", "residual", "branch", "routing", "sgd", "adam", "pool")


def _signature(name: str) -> Signature:
    return Signature(name, tuple(Parameter(p, "any", False) for p in NAMED[name]))


OPERATORS: Mapping[str, Signature | None] = {n: _signature(n) for n in NAMED} | dict.fromkeys(FREE)


@attrs.frozen
class Oracle:
    """What tests need of this file, since a conftest cannot be imported."""

    parse: Callable[[str], Space]
    candidates: Callable[[Space], list[Answers] | None]
    reader: type[Reader]


@pytest.fixture(scope="session")
def oracle() -> Oracle:
    """Parsing with free operators, and the reader that knows no guards."""
    return Oracle(parse_free, enumerate_all, Reader)


@pytest.fixture(scope="session")
def space_of() -> Callable[[str], Space]:
    """Parse a text whose operators take any argument; warnings are dropped."""
    return parse_free


def parse_free(text: str) -> Space:
    return read(text, operators=OPERATORS).space


class Ask(Exception):
    """The reader needs the value of a decision that has none yet."""

    def __init__(self, what: Decided | Members) -> None:
        super().__init__(what.path)
        self.what = what


UNKNOWN = object()


@attrs.define
class Reader:
    """Reads an instance tree as a builder does, from answers by path: a code, a float, or the positions picked of a set.

    It knows nothing of guards. A decision that building reaches is asked for; one that only an expression names is unknown
    unless it was reached before, or belongs to a shared choice, which an expression may decide.
    """

    table: Table
    shared: tuple[str, ...]
    answers: Answers
    seen: dict[str, Any] = attrs.field(factory=dict)
    deciding: bool = True

    def build(self, x: Instance) -> None:
        match x:
            case Decided():
                code = self.reach(x)
                if x.options:
                    self.build(x.options[code])
            case Members():
                for k in self.reach(x):
                    self.build(x.options[k])
            case Operation():
                for part in (*x.positional, *x.named.values(), x.body, x.sites):
                    if part is not None:
                        self.build(part)
            case Chain(items=items) | Gathered(items=items):
                for part in items:
                    self.build(part)
            case Fields(fields=fields):
                for part in fields.values():
                    self.build(part)
            case Scoped(names=names, body=body):
                for part in (*names.values(), body):
                    self.build(part)
            case Repeated():
                self.build(x.count)
                count = self.peek(x.count)
                for part in x.items[: 0 if count is UNKNOWN else count]:
                    self.build(part)
            case Conditional():
                holds = self.peek(x.condition)
                branch = None if holds is UNKNOWN else x.then if holds else x.other
                if branch is not None:
                    self.build(branch)
            case Formula(args=args):
                for part in args:
                    if not isinstance(part, Constant):
                        self.build(part)
            case _:
                return

    def reach(self, x: Decided | Members) -> Any:
        """Return the answer to a decision that is part of the candidate; its bounds are read, too."""
        if x.path not in self.seen:
            if x.path not in self.answers:
                raise Ask(x)
            self.seen[x.path] = self.answers[x.path]
            if isinstance(x, Decided):
                column = self.table.where[x.path]
                for bound in (self.table.low_x[column], self.table.high_x[column]):
                    if bound is not None:
                        self.peek(bound)
        return self.seen[x.path]

    def peek(self, x: Instance) -> Any:
        """Return the value of an expression."""
        match x:
            case Constant(value=value):
                return value
            case Varying(high=high):
                return high
            case Decided():
                answer = self._known(x)
                return UNKNOWN if answer is UNKNOWN else self.number(x, answer)
            case Members():
                picked = self._known(x)
                return UNKNOWN if picked is UNKNOWN else len(picked)
            case Scoped(body=body):
                return self.peek(body)
            case Repeated(count=count):
                return self.peek(count)
            case Conditional():
                holds = self.peek(x.condition)
                branch = None if holds is UNKNOWN else x.then if holds else x.other
                return UNKNOWN if branch is None else self.peek(branch)
            case Formula():
                return self._formula(x)
            case _:
                raise AssertionError(x)

    def _known(self, x: Decided | Members) -> Any:
        if x.path in self.seen:
            return self.seen[x.path]
        if self.deciding and any(x.path == s or x.path.startswith((f"{s}/", f"{s}[")) for s in self.shared):
            return self.reach(x)
        return UNKNOWN

    def number(self, x: Decided, answer: Any) -> Any:
        column = self.table.where[x.path]
        if x.options:
            return self.table.values[column][answer]
        if self.table.kind[column] == FLOAT:
            return answer
        value = value_at(float(self.table.low[column]), float(self.table.step[column]), answer)
        return int(value) if self.table.integer[column] else value

    def _formula(self, x: Formula) -> Any:
        if x.op == "guarded":  # the only place that reads a guard: constraints of bodies
            return self.peek(x.args[0]) if self._holds(x.args[1].value) else UNKNOWN
        if x.op == "active":
            return self.peek(x.args[0]) is not UNKNOWN
        if x.op in ("is", "is not", "in", "not in"):
            return self._member(x)
        if isinstance(x.args[0], Gathered):
            items = [v for v in map(self.peek, x.args[0].items) if v is not UNKNOWN]
            total: dict[str, Callable[[list[Any]], Any]] = {"sum": sum, "count": lambda v: sum(map(bool, v)), "len": len}
            total |= {"any": any, "all": all, "min": min, "max": max, "mean": lambda v: sum(v) / len(v)}
            return UNKNOWN if not items and x.op in ("min", "max", "mean") else total[x.op](items)
        args = [self.peek(a) for a in x.args]
        if x.op == "and":
            return False if False in args else UNKNOWN if UNKNOWN in args else True
        if x.op == "or":
            return True if any(a is True for a in args) else UNKNOWN if UNKNOWN in args else False
        if x.op == "if":
            return UNKNOWN if args[0] is UNKNOWN else args[1] if args[0] else args[2]
        return UNKNOWN if UNKNOWN in args else eval(_PYTHON[x.op], {"math": math}, dict(zip("ab", args, strict=False)))

    def _member(self, x: Formula) -> Any:
        left, right = x.args
        positive = x.op in ("is", "in")
        if isinstance(right, Members):
            picked = self._known(right)
            return UNKNOWN if picked is UNKNOWN else (left.value in [right.labels[k] for k in picked]) == positive
        wanted = [c.value for c in (right.items if isinstance(right, Gathered) else (right,))]
        answer = self._known(left) if isinstance(left, Decided) else self.peek(left)
        if answer is UNKNOWN:
            return UNKNOWN
        names = {left.labels[answer], self.number(left, answer)} if isinstance(left, Decided) and left.labels else set()
        if not names:
            names = {self.number(left, answer) if isinstance(left, Decided) else answer}
        return bool(names & set(wanted)) == positive

    def _holds(self, guard: int) -> bool:
        from symbolic.table.table import AnyOf, Member, Test, When

        if guard == -1:
            return True
        match self.table.guards[guard]:
            case Test(parent=parent, column=column, codes=codes):
                return self._holds(parent) and self._code(column) in codes
            case Member(parent=parent, columns=columns, code=code):
                picked = self.seen.get(next(s.path for s in self.table.sets if s.columns == columns))
                return self._holds(parent) and picked is not None and code - 1 in picked
            case When(parent=parent, condition=condition, polarity=polarity):
                return self._holds(parent) and self.peek(condition) is polarity
            case AnyOf(guards=guards):
                return any(map(self._holds, guards))

    def _code(self, column: int) -> int:
        for s in self.table.sets:
            if column in s.columns:
                return -1 if s.path not in self.seen else int(s.columns.index(column) in self.seen[s.path])
        return self.seen.get(self.table.path[column], -1)


_PYTHON = {op: f"a {op} b" for op in ("+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=")} | {
    "not": "not a",
    "neg": "-a",
    "abs": "abs(a)",
    "round": "math.floor(a + 0.5)",
    "floor": "math.floor(a)",
    "ceil": "math.ceil(a)",
    "min": "min(a, b)",
    "max": "max(a, b)",
    "sqrt": "math.sqrt(a)",
}


def choices(reader: Reader, x: Decided | Members) -> list[Any]:
    """Return the answers a decision may have, given what was read before; a float has one, its default."""
    if isinstance(x, Members):
        return list(_sets(x))
    column = reader.table.where[x.path]
    if reader.table.kind[column] == FLOAT:
        return [float(reader.table.default[column])]
    codes = list(range(int(reader.table.card[column])))
    if reader.table.kind[column] != INT:
        return codes
    low, high = (UNKNOWN if b is None else reader.peek(b) for b in (reader.table.low_x[column], reader.table.high_x[column]))
    values = {c: reader.number(x, c) for c in codes}
    return [c for c in codes if (low is UNKNOWN or values[c] >= low) and (high is UNKNOWN or values[c] <= high)]


def _sets(x: Members) -> Iterator[tuple[int, ...]]:
    make = itertools.permutations if x.ordered else itertools.combinations
    for k in range(x.low, x.high + 1):
        yield from make(range(len(x.options)), k)


def enumerate_all(space: Space, limit: int = 2_000) -> list[Answers] | None:
    """Return every candidate of a space as answers by path, from the instance tree alone; None past the limit."""
    table = space.lower()
    shared = tuple(d.name for d in space.defs if d.kind == "shared")
    found: list[Answers] = []
    open_: list[Answers] = [{}]
    while open_:
        answers = open_.pop()
        reader = Reader(table, shared, answers)
        try:
            reader.build(table.root)
        except Ask as ask:
            open_ += [{**answers, ask.what.path: c} for c in choices(reader, ask.what)]
            if len(open_) + len(found) > limit:
                return None
            continue
        reader.deciding = False
        values = [(r.kind, reader.peek(r.condition)) for r in table.rules]
        if all(v is UNKNOWN or bool(v) == (kind == "require") for kind, v in values):
            found.append(answers)
    return found
