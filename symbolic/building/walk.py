"""How a space becomes an object: walk the instance tree and ask the resolver at each decision, as a user's constructor does.

The walk knows no torch: a `Maker` makes what it finds. Answers may be stand-ins (elastic numbers, callables for all options
at once), so they are computed with and called, never converted, compared or hashed. Values are here, layers in `network`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar, cast

import attrs

from symbolic.building.arithmetic import evaluate, undefined
from symbolic.building.asking import Asking
from symbolic.building.blueprint import Blueprint
from symbolic.building.foreign import EDIT, call, edit
from symbolic.building.maker import Maker
from symbolic.building.network import Network, Part
from symbolic.building.roles import ABSENT, checked, describe, operator_class, span_of
from symbolic.building.values import Inactive, Values
from symbolic.errors import SpaceError, nearest
from symbolic.operators import Parameter
from symbolic.resolver import Resolver
from symbolic.shapes import Shape, ShapeError
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
from symbolic.table.reads import reads
from symbolic.table.scalars import UNKNOWN, Unknown
from symbolic.table.table import Table
from symbolic.task import TaskFacts

T = TypeVar("T")


@attrs.frozen(eq=False, slots=False)
class Walk:
    """One walk over a space. Each decision is asked once; later uses reuse its answer."""

    table: Table
    resolver: Resolver
    maker: Maker
    facts: TaskFacts | None = None
    fidelity: Mapping[str, float] = attrs.field(factory=dict)
    _entries: dict[str, object] = attrs.field(factory=dict, init=False)

    @cached_property
    def blueprint(self) -> Blueprint:
        """What is known of the table before anything is asked."""
        return self.table.blueprint

    @cached_property
    def asking(self) -> Asking:
        """The questions of this walk."""
        return Asking(self.table, self.resolver)

    @cached_property
    def network(self) -> Network:
        """The part of the walk that builds layers."""
        return Network(self)

    def value(self, x: Instance) -> object:
        """Return what an instance stands for outside a network; a layer is built for the input of the task."""
        if self.blueprint.is_layer(x):
            return self.network.whole(x, self.input(x))[0]
        match x:
            case Constant(value=value):
                return value
            case Decided():
                return self._decided(x)
            case External(name=name):
                return self.maker.find(name, x)
            case Fact():
                return self._fact(x)
            case Varying(path=path, high=high):
                given = self.fidelity.get(path, high)
                return int(given) if isinstance(high, int) else given
            case Members(options=options):
                return tuple(member(lambda k: self.value(options[k])) for member in self.asking.members(x))
            case Operation():
                return self._operation(x)
            case Fields(fields=fields):
                found = {key: self.value(y) for key, y in fields.items()}
                return {key: v for key, v in found.items() if v is not ABSENT}
            case Scoped(names=names, body=body):
                self.names(names)
                return self.value(body)
            case Repeated():
                return list(self.repeated(x, lambda i: self.value(x.items[i])))
            case Conditional():
                branch = self.branch(x)
                return ABSENT if branch is None else self.value(branch)
            case Formula():
                return self._computed(x)
            case Gathered(items=items):
                return tuple(self.value(y) for y in items)
            case Chain():
                raise AssertionError(x)

    def names(self, names: Mapping[str, Instance]) -> None:
        """Ask what a block's parameters and lets decide, whether the body needs them or not."""
        for x in names.values():
            if not self.blueprint.has_call(x):
                self.value(x)

    def repeated(self, x: Repeated, body: Callable[[int], T]) -> Sequence[T]:
        """Return the units of a repeat."""
        if isinstance(x.count, Decided) and x.count.path == x.path and not x.count.options:
            return self.asking.repeated(x, body)
        count = self.value(x.count)
        if count is ABSENT:
            return []
        if type(count) is int:
            return [body(i) for i in range(count)]
        return self.resolver.counted(cast("int", count), body)

    def branch(self, x: Conditional) -> Instance | None:
        """Return the side of a condition that stands, None where neither does."""
        holds = self.read(x.condition)
        return None if holds is UNKNOWN else x.then if holds else x.other

    def _computed(self, x: Formula) -> object:
        """Return the value of an expression, absent where it reads an inactive decision. Raises E301 where it has none."""
        result = evaluate(x, self)
        if result is not UNKNOWN and not (type(result) is float and math.isinf(result)):
            return result
        wrong = undefined(x, self)
        if wrong is None:
            return ABSENT
        columns = sorted(reads(self.table, x))
        given = [f"{self.table.path[c]} = {self.read(Decided(self.table.path[c]))!r}" for c in columns]
        at = " at " + ", ".join(given) if given else ""
        message = f"{wrong.op!r} has no finite result here{at}"
        raise SpaceError("E301", message, wrong.span or x.span, "guard it: ... if x != 0 else ..., or narrow the ranges")

    def input(self, x: Instance) -> Shape:
        """Return the shape of the task's input. Raises E602 where no task says it."""
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

    @cached_property
    def codes(self) -> list[int] | None:
        """The codes of the one candidate that is built; None where a resolver of another kind answers."""
        return self.resolver.point.index.tolist() if type(self.resolver) is Values else None

    def _decided(self, x: Decided) -> object:
        if self.codes is not None and x.options:
            return self.value(x.options[self._code(self.codes, x)])
        if not x.options:
            return self.asking.number(x)
        stretches = self.asking.mixes and not self.blueprint.has_call(
            x
        )  # options computed from decisions: still one elastic number
        if stretches or self.blueprint.of_values(x):
            return self.asking.constant(x, self._options(x))
        return self.chosen(x, lambda k: self.value(x.options[k]))

    def chosen(self, x: Decided, use: Callable[[int], T]) -> T:
        """Return what `use` makes of the option that stands at a one-of, or what the resolver makes of all of them."""
        return self.asking.chosen(x, use) if self.codes is None else use(self._code(self.codes, x))

    def _code(self, codes: Sequence[int], x: Decided) -> int:
        code = codes[self.table.where[x.path]]
        if code < 0:
            raise Inactive(x.path)
        return code

    def _options(self, x: Decided) -> Sequence[object]:
        constants = self.blueprint.constants(x)
        return constants if constants is not None else [self.value(o) for o in x.options]

    # What expressions read (`symbolic.building.arithmetic.Reader`)

    def read(self, x: Instance) -> object:
        """Return the value of a part of an expression, `UNKNOWN` where it reads an inactive decision."""
        try:
            match x:
                case Conditional() if not self.asking.mixes and not self.holds(x.guard):
                    return UNKNOWN
                case Repeated(count=count):
                    return self.read(count)
                case Scoped(body=body):
                    return self.read(body)
                case Members():
                    picked = self.picked(x)
                    return UNKNOWN if picked is UNKNOWN else len(picked)
                case Decided(options=options) if options and not self.blueprint.of_values(x) and self.blueprint.has_call(x):
                    return self.label(x)
                case Formula():
                    return evaluate(x, self)
                case _:
                    value = self.value(x)
                    return UNKNOWN if value is ABSENT else value
        except Inactive:
            return UNKNOWN

    def label(self, x: Decided) -> str | Unknown:
        """Return the label of the option at a one-of. Raises E602 where one network holds all of them."""
        return self.asking.label(x, self._options(x) if self.blueprint.of_values(x) else None)

    def picked(self, x: Members) -> Sequence[str] | Unknown:
        """Return the labels a subset or permutation holds."""
        return self.asking.picked(x)

    def holds(self, guard: int) -> bool:
        """Return whether a guard of the table holds."""
        return self.asking.holds(guard)

    def cost(self, name: str, entry: str, at: Formula) -> object:
        """Return a cost of an entry, built once for it and for whoever wants the entry itself.

        Raises E602 where it is no network, and where one network holds all candidates: their costs differ.
        """
        if self.asking.mixes:
            hint = f"fix what `{name}({entry})` is computed into, or search with an algorithm that samples candidates"
            raise ShapeError("E602", f"`{name}({entry})` differs between the candidates that one network holds", at.span, hint)
        built = self.entry(entry) if entry in self.table.root.fields else ABSENT
        if built is ABSENT:
            return UNKNOWN
        return self.maker.cost(name, built, None if self.facts is None else self.facts.input, at)

    def entry(self, key: str) -> object:
        """Return an entry of the space, built once."""
        if key not in self._entries:
            self._entries[key] = self.value(self.table.root.fields[key])
        return self._entries[key]

    # Calls

    def filled(self, x: Operation, cls: Any, network: Network) -> Any:
        """Return the operator with its arguments; absent ones take the operator's default. Raises E203, E204."""
        parameters = cls.signature.named
        named = {**dict(zip(parameters, x.positional, strict=False)), **x.named} if x.positional else x.named
        given: dict[str, Any] = {}
        for name, y in named.items():
            if name not in parameters:
                raise SpaceError("E203", f"{x.fn!r} has no argument {name!r}", x.span, nearest(name, parameters))
            value = self._filling(x, parameters[name], y, network)
            if value is not ABSENT:
                given[name] = value
        known: Mapping[str, int] = {} if self.facts is None else self.facts.values
        for name in getattr(cls, "from_task", ()):
            if name not in given and name in known:
                given[name] = known[name]
        for name in cls.signature.needed:
            if name not in given:
                raise SpaceError("E204", f"{x.fn!r} needs the argument {name!r}", x.span)
        return cls(**given)

    def _filling(self, x: Operation, parameter: Parameter, y: Instance, network: Network) -> object:
        """Return what an argument of an operator is given, absent where it is not there."""
        match parameter.type:
            case "output":
                return network.output(x, parameter.name, y)
            case "weights":
                return network.weights(x, parameter.name, y)
            case "module":
                return Part(network, y)
            case "any" if self.blueprint.is_layer(y):
                return Part(network, y)
        value = self.value(y)
        return value if value is ABSENT else checked(x, parameter, value, y)

    def _operation(self, x: Operation) -> object:
        """Return the value of a call that is no layer: a list, a Python object, a described value."""
        if x.fn in ("list", "tuple"):
            items = [self.value(y) for y in x.positional]
            return items if x.fn == "list" else tuple(items)
        if "::" in x.fn:
            return call(self.network, x, None)
        if x.fn == EDIT:
            return edit(self.network, x, None if self.facts is None else self.facts.input)
        return self.filled(x, operator_class(x), self.network).build(None)

    def argument(self, x: Instance) -> object:
        """Return what an argument of a Python object is given. Raises E602 for a layer: nothing says its input."""
        if self.blueprint.is_layer(x):
            hint = "give the class itself (torch.nn::ReLU), or write an operator"
            raise ShapeError("E602", f"{describe(x)} as an argument of a Python object has no input shape", span_of(x), hint)
        if isinstance(x, Decided) and self.blueprint.has_call(x):
            return self.chosen(x, lambda k: self.argument(x.options[k]))
        return self.value(x)
