"""How a space becomes an object: walk the instance tree and ask the resolver at each decision, as a user's constructor does.

The walk knows no torch. What a layer is made of comes from a `Maker`: real modules when something is built, nothing at all
when only shapes are checked. Answers may be stand-ins (elastic numbers, callables for all options at once), so they are
computed with and called, never converted, compared or hashed.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar, cast

import attrs

from symbolic.arithmetic import evaluate
from symbolic.errors import SpaceError, SymspaceError, nearest
from symbolic.operators import Signature
from symbolic.resolver import Decision, Resolver
from symbolic.roles import describe, has_call, is_layer, operator_class, remedy, span_of
from symbolic.shapes import Shape, same_shape
from symbolic.table.instances import (
    Chain,
    Conditional,
    Constant,
    Decided,
    External,
    Fact,
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
from symbolic.table.scalars import UNKNOWN, Unknown
from symbolic.table.table import Table
from symbolic.task import TaskFacts
from symbolic.values import Inactive, decision_at

T = TypeVar("T")


class Absence(enum.Enum):
    """What stands where nothing does: a `when` whose condition does not hold."""

    ABSENT = "absent"


ABSENT: Final = Absence.ABSENT


class ShapeError(SpaceError):
    """E602 with its place: shapes do not fit where the walk stands."""


class Maker(Protocol):
    """Makes what a space is built of."""

    def find(self, name: str, at: Operation | External) -> Any:
        """Return the Python object called `module::qualname`."""

    def call(self, function: Any, args: Sequence[object], kwargs: Mapping[str, object]) -> object:
        """Call a Python object with its arguments."""

    def program(self, function: Any, kwargs: Mapping[str, object], at: Operation, resolver: Resolver) -> object:
        """Run a constructor that asks decisions of its own, below the path of `at`."""

    def layer(self, op: Any, s: Shape) -> object:
        """Build an operator for an input shape."""

    def around(self, op: Any, s: Shape, body: Callable[[Shape], tuple[Any, Shape]]) -> tuple[object, Shape]:
        """Build an operator with a body."""

    def join(self, parts: Sequence[object]) -> object:
        """Make one layer of several that follow each other."""

    def measure(self, module: object, s: Shape, at: Operation) -> Shape:
        """Return the shape a layer of foreign make gives."""


@attrs.frozen(eq=False)
class Branch:
    """One option as the resolver sees it: called with what to do for the index of an option, it does so for its own."""

    label: str
    index: int

    def __call__(self, use: Callable[[int], Any]) -> Any:
        return use(self.index)


@attrs.frozen(eq=False)
class Part:
    """An argument of type `module`: builds itself afresh wherever the operator wants it."""

    walk: Walk
    instance: Instance

    def shape(self, s: Shape) -> Shape:
        return self.walk.layer(self.instance, s)[1]

    def build(self, s: Shape) -> tuple[Any, Shape]:
        return self.walk.layer(self.instance, s)


@attrs.frozen(eq=False)
class Walk:
    """One walk over a space. Each decision is asked once; later uses reuse its answer."""

    table: Table
    resolver: Resolver
    maker: Maker
    facts: TaskFacts | None = None
    fidelity: Mapping[str, float] = attrs.field(factory=dict)
    _answers: dict[str, tuple[Sequence[object], object]] = attrs.field(factory=dict, init=False)
    _counts: set[str] = attrs.field(factory=set, init=False)

    @property
    def mixes(self) -> bool:
        """Whether the resolver answers with stand-ins for all options, so that options must agree."""
        return bool(getattr(self.resolver, "mixes", False))

    @property
    def asked(self) -> tuple[str, ...]:
        """The paths of the decisions asked so far, except those of repeat counts."""
        return tuple(self._answers)

    # Values

    def value(self, x: Instance) -> object:
        """Return what an instance stands for outside a network; a layer is built for the input of the task."""
        if is_layer(x):
            return self.layer(x, self._input(x))[0]
        match x:
            case Constant(value=value):
                return value
            case External(name=name):
                return self.maker.find(name, x)
            case Fact():
                return self._fact(x)
            case Varying(path=path, high=high):
                given = self.fidelity.get(path, high)
                return int(given) if isinstance(high, int) else given
            case Decided():
                return self._decided(x)
            case Members():
                return self._members(x)
            case Operation():
                return self._operation(x)
            case Fields(fields=fields):
                found = {key: self.value(y) for key, y in fields.items()}
                return {key: v for key, v in found.items() if v is not ABSENT}
            case Scoped(names=names, body=body):
                self._names(names)
                return self.value(body)
            case Repeated():
                return list(self._repeated(x, lambda i: self.value(x.items[i])))
            case Conditional():
                branch = self._branch(x)
                return ABSENT if branch is None else self.value(branch)
            case Formula():
                result = evaluate(x, self)
                return ABSENT if result is UNKNOWN else result
            case Gathered(items=items):
                return tuple(self.value(y) for y in items)
            case Chain():
                raise AssertionError(x)

    def _input(self, x: Instance) -> Shape:
        if self.facts is None:
            hint = "name a task in the space (`task digits`), or give one"
            raise SpaceError("E602", "a network needs the shape of its input, and no task says it", span_of(x), hint)
        return self.facts.input

    def _fact(self, x: Fact) -> int:
        known: Mapping[str, int] = {} if self.facts is None else self.facts.values
        if x.name not in known:
            task = "no task is named" if self.facts is None else f"the task {self.facts.name!r} does not say it"
            raise SpaceError("E602", f"{x.name!r} is a fact of the task, and {task}", x.span, nearest(x.name, known))
        return known[x.name]

    def _decided(self, x: Decided) -> object:
        if not x.options:
            return self._ask(decision_at(self.table, x.path, count=x.path in self._counts), ())
        stretched = self.mixes and not has_call(x)  # numbers that depend on other decisions: one elastic number for all
        if stretched or all(isinstance(o, Constant | External) for o in x.options):
            return self._ask(decision_at(self.table, x.path), [self.value(o) for o in x.options])
        return self._chosen(x, lambda k: self.value(x.options[k]))

    def _members(self, x: Members) -> tuple[object, ...]:
        branches = [Branch(label, k) for k, label in enumerate(x.labels)]
        answer = cast("Sequence[Branch]", self._ask(decision_at(self.table, x.path), branches))
        return tuple(branch(lambda k: self.value(x.options[k])) for branch in answer)

    def _ask(self, decision: Decision, options: Sequence[object]) -> object:
        asked = self._answers.get(decision.path)
        if asked is None or not _same_options(asked[0], options):
            # A shared choice with parameters comes here again with other values: the same decision, other options.
            asked = self._answers[decision.path] = (options, self.resolver.answer(decision, options))
        return asked[1]

    def _chosen(self, x: Decided, use: Callable[[int], T]) -> T:
        branches = [Branch(label, k) for k, label in enumerate(x.labels)]
        answer = cast("Callable[[Callable[[int], T]], T]", self._ask(decision_at(self.table, x.path), branches))
        return answer(use)

    def _names(self, names: Mapping[str, Instance]) -> None:
        """Ask what a block's parameters and lets decide, whether the body needs them or not."""
        for x in names.values():
            if not has_call(x):
                self.value(x)

    def _repeated(self, x: Repeated, body: Callable[[int], T]) -> Sequence[T]:
        count = x.count
        if isinstance(count, Decided) and count.path == x.path and not count.options:
            self._counts.add(x.path)
            return self.resolver.repeat(decision_at(self.table, x.path, count=True), body)
        n = self.value(count)
        if type(n) is int:
            return [body(i) for i in range(n)]
        return self.resolver.counted(cast("int", n), body)

    def _branch(self, x: Conditional) -> Instance | None:
        holds = self.read(x.condition)
        return None if holds is UNKNOWN else x.then if holds else x.other

    # Reading for expressions

    def read(self, x: Instance) -> object:
        """Return the value of a part of an expression, `UNKNOWN` where it reads an inactive decision."""
        try:
            match x:
                case Conditional() if not self.holds(x.guard):
                    return UNKNOWN
                case Repeated(count=count):
                    return self.read(count)
                case Members():
                    picked = self.picked(x)
                    return UNKNOWN if picked is UNKNOWN else len(picked)
                case Formula():
                    return evaluate(x, self)
                case _:
                    value = self.value(x)
                    return UNKNOWN if value is ABSENT else value
        except Inactive:
            return UNKNOWN

    def label(self, x: Decided) -> str | Unknown:
        """Return the label of the option at a one-of decision. Raises E602 where one network holds all of them."""
        decision = decision_at(self.table, x.path)
        branches = [Branch(label, k) for k, label in enumerate(x.labels)]
        plain = all(isinstance(o, Constant | External) for o in x.options)
        try:
            options = [self.value(o) for o in x.options] if plain else branches
            answer = self._ask(decision, options)
        except Inactive:
            return UNKNOWN
        for branch, option in zip(branches, options, strict=True):
            if answer is option or (isinstance(answer, Branch) and answer.index == branch.index):
                return branch.label
            if type(answer) is type(option) and answer == option:
                return branch.label
        hint = f"freeze `{x.path}`, or search with an algorithm that samples candidates"
        raise ShapeError("E602", f"{decision} steers what exists, and one network cannot hold that", x.span, hint)

    def picked(self, x: Members) -> Sequence[str] | Unknown:
        """Return the labels of the members of a subset or permutation."""
        branches = [Branch(label, k) for k, label in enumerate(x.labels)]
        try:
            answer = cast("Sequence[object]", self._ask(decision_at(self.table, x.path), branches))
        except Inactive:
            return UNKNOWN
        if not all(isinstance(b, Branch) for b in answer):
            raise ShapeError("E602", f"`{x.path}` steers what exists, and one network cannot hold that", x.span)
        return [b.label for b in answer if isinstance(b, Branch)]

    def holds(self, guard: int) -> bool:
        """Return whether a guard holds; a resolver that holds all candidates at once says it does."""
        holds = getattr(self.resolver, "holds", None)
        return True if holds is None else bool(holds(guard))

    # Layers

    def layer(self, x: Instance, s: Shape) -> tuple[Any, Shape]:
        """Build a part of a network for an input shape; return it and the shape it gives. Raises E602 where that fails."""
        match x:
            case Chain(items=items):
                return self._chain(items, s)
            case Scoped(names=names, body=body):
                self._names(names)
                return self.layer(body, s)
            case Decided() if x.options:
                return self._choice(x, s)
            case Repeated():
                return self._stack(x, s)
            case Conditional():
                branch = self._branch(x)
                return (self.maker.join([]), s) if branch is None else self.layer(branch, s)
            case Operation() if "::" in x.fn:
                made = self._call(x)
                return made, self.maker.measure(made, s, x)
            case Operation() if x.fn not in ("list", "tuple"):
                return self._operator(x, s)
            case _:
                raise ShapeError("E602", f"{describe(x)} is no layer of a network", span_of(x), remedy(x))

    def _chain(self, items: Sequence[Instance], s: Shape) -> tuple[Any, Shape]:
        parts = []
        for item in items:
            part, s = self.layer(item, s)
            parts.append(part)
        return self.maker.join(parts), s

    def _choice(self, x: Decided, s: Shape) -> tuple[Any, Shape]:
        given: list[tuple[str, Shape]] = []

        def use(k: int) -> Any:
            part, out = self.layer(x.options[k], s)
            given.append((x.labels[k], out))
            return part

        part = self._chosen(x, use)
        return part, self._agreed(x, given)

    def _agreed(self, x: Decided, given: Sequence[tuple[str, Shape]]) -> Shape:
        """Return the one shape that options give. Raises E602 naming two that differ."""
        (first, shape), *rest = given
        for label, other in rest:
            if not same_shape(shape, other):
                message = f"the options of `{x.path}` cannot be mixed: {first} gives {shape}, {label} gives {other}"
                hint = "let them give one shape: a conv2d in front, or skip(width), which projects where channels differ"
                raise ShapeError("E602", message, x.span, hint)
        return shape

    def _stack(self, x: Repeated, s: Shape) -> tuple[Any, Shape]:
        start = s

        def unit(i: int) -> Any:
            nonlocal s
            part, s = self.layer(x.items[i], s)
            if searched and not same_shape(start, s):
                message = f"`{x.path}` is repeated a searched number of times and must keep the shape, got {start} -> {s}"
                raise ShapeError("E602", message, x.span, "change the shape before or after the repeat")
            return part

        searched = self.mixes and not isinstance(x.count, Constant)
        return self.maker.join(list(self._repeated(x, unit))), s

    def _operator(self, x: Operation, s: Shape) -> tuple[Any, Shape]:
        cls = operator_class(x)
        if self.mixes:
            for name in getattr(cls, "spatial", ()):
                decided = x.named.get(name)
                if isinstance(decided, Decided) and decided.options:
                    return self._per_value(x, name, decided, s)
        try:
            return self._make(x, cls, s)
        except SpaceError as e:
            if isinstance(e, ShapeError) or e.code != "E602":
                raise
            raise ShapeError("E602", f"{e.message} (at `{x.path}`)", x.span, e.hint) from e

    def _per_value(self, x: Operation, name: str, decided: Decided, s: Shape) -> tuple[Any, Shape]:
        """Build an operator once per value of an argument that changes places, behind a choice: it cannot stretch."""
        given: list[tuple[str, Shape]] = []

        def use(k: int) -> Any:
            fixed = attrs.evolve(x, named={**x.named, name: decided.options[k]})
            part, out = self._operator(fixed, s)
            given.append((f"{name} {decided.labels[k]}", out))
            return part

        part = self._chosen(decided, use)
        return part, self._agreed(decided, given)

    def _make(self, x: Operation, cls: Any, s: Shape) -> tuple[Any, Shape]:
        op = self._filled(x, cls)
        signature: Signature = cls.signature
        if signature.value:
            raise SpaceError("E602", f"{x.fn} is no layer of a network: it belongs into a record")
        if not signature.body:
            out = op.shape(s)
            self._plain_places(x, out)
            return self.maker.layer(op, s), out
        if x.body is None:
            raise SpaceError("E602", f"{x.fn} needs a body: {x.fn} {{ ... }}")
        body = x.body
        part, out = self.maker.around(op, s, lambda inner: self.layer(body, inner))
        self._plain_places(x, out)
        return part, out

    def _plain_places(self, x: Operation, out: Shape) -> None:
        """Raise E602 where the number of places, not of channels, depends on a decision that one network must hold."""
        places = out.axes[1:] if out.kind == "image" else out.axes[:1] if out.kind in ("sequence", "tokens") else ()
        if any(type(n) is not int for n in places):
            raise SpaceError("E602", f"the size after {x.fn} differs between candidates: {out}", hint="freeze the decision")

    # Calls

    def _operation(self, x: Operation) -> object:
        """Return the value of a call that is no layer: a list, a Python object, a described value."""
        if x.fn in ("list", "tuple"):
            items = [self.value(y) for y in x.positional]
            return items if x.fn == "list" else tuple(items)
        if "::" in x.fn:
            return self._call(x)
        return self._filled(x, operator_class(x)).build(None)

    def _call(self, x: Operation) -> object:
        if x.body is not None:
            raise SpaceError("E209", f"a body for {x.fn} is not supported yet", x.span)
        function = self.maker.find(x.fn, x)
        args = [v for y in x.positional if (v := self._argument(y)) is not ABSENT]
        kwargs = {k: v for k, y in x.named.items() if (v := self._argument(y)) is not ABSENT}
        try:
            if x.sites is not None:
                assert not args, "arguments of a call with sites are named"
                return self.maker.program(function, kwargs, x, self.resolver)
            return self.maker.call(function, args, kwargs)
        except (SymspaceError, Inactive):
            raise
        except Exception as e:
            message = f"`{x.path}`: {x.fn} cannot be built: {type(e).__name__}: {e}"
            raise ShapeError("E602", message, x.span) from e

    def _argument(self, x: Instance) -> object:
        if is_layer(x):
            hint = "give the class itself (torch.nn::ReLU), or write an operator"
            raise ShapeError("E602", f"{describe(x)} as an argument of a Python object has no input shape", span_of(x), hint)
        return self.value(x)

    def _filled(self, x: Operation, cls: Any) -> Any:
        """Return the operator with its arguments; absent ones take the operator's default. Raises E203, E204."""
        parameters = {p.name: p for p in cls.signature.parameters}
        named = {**dict(zip(parameters, x.positional, strict=False)), **x.named}
        for name in named:
            if name not in parameters:
                raise SpaceError("E203", f"{x.fn!r} has no argument {name!r}", x.span, nearest(name, parameters))
        given = {}
        for name, y in named.items():
            kind = parameters[name].type
            if kind in ("output", "weights"):
                raise SpaceError("E209", f"a reference to {kind} ({name!r} of {x.fn}) is not supported yet", x.span)
            value = Part(self, y) if kind in ("module", "any") and is_layer(y) else self.value(y)
            if value is not ABSENT:
                given[name] = value
        for p in parameters.values():
            if p.required and p.name not in given:
                raise SpaceError("E204", f"{x.fn!r} needs the argument {p.name!r}", x.span)
        return cls(**given)


def _same_options(a: Sequence[object], b: Sequence[object]) -> bool:
    if len(a) != len(b):
        return False
    pairs = zip(a, b, strict=True)
    return all(x is y or isinstance(x, Branch) or (type(x) is type(y) and x == y) for x, y in pairs)
