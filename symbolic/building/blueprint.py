"""What building knows of a table before anything is asked: the part each instance plays, and its decisions described."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cached_property

import attrs

from symbolic.building.memory import layer_of
from symbolic.building.objects import Objects
from symbolic.building.roles import has_call, is_layer, operator_class
from symbolic.building.values import decision_at
from symbolic.resolver import Decision
from symbolic.space import Space
from symbolic.table.instances import (
    Chain,
    Conditional,
    Constant,
    Decided,
    External,
    Instance,
    Operation,
    Repeated,
    Scoped,
)
from symbolic.table.scope import Named, below
from symbolic.table.table import Table
from symbolic.trust import Trust, trust_of


@attrs.frozen(eq=False, slots=False)
class Blueprint:
    """Answers about the instances of one table, remembered from build to build."""

    table: Table
    _layers: dict[Instance, bool] = attrs.field(factory=dict, init=False)
    _calls: dict[Instance, bool] = attrs.field(factory=dict, init=False)
    _plain: dict[Decided, bool] = attrs.field(factory=dict, init=False)
    _constants: dict[Decided, list[object] | None] = attrs.field(factory=dict, init=False)
    _decisions: dict[tuple[str, bool], Decision] = attrs.field(factory=dict, init=False)
    _objects: dict[tuple[str, Trust | None], Objects] = attrs.field(factory=dict, init=False)
    _back: dict[Repeated, bool] = attrs.field(factory=dict, init=False)

    def is_layer(self, x: Instance) -> bool:
        """Whether an instance is part of a network."""
        if x not in self._layers:
            self._layers[x] = is_layer(x)
        return self._layers[x]

    def has_call(self, x: Instance) -> bool:
        """Whether an instance calls an operator or a Python object somewhere."""
        if x not in self._calls:
            self._calls[x] = has_call(x)
        return self._calls[x]

    def of_values(self, x: Decided) -> bool:
        """Whether every option of a one-of is a constant or a Python object."""
        if x not in self._plain:
            self._plain[x] = all(isinstance(o, Constant | External) for o in x.options)
        return self._plain[x]

    def constants(self, x: Decided) -> list[object] | None:
        """Return the options of a one-of of constants, None for any other."""
        if x not in self._constants:
            values = [o.value for o in x.options if isinstance(o, Constant)]
            self._constants[x] = list[object](values) if len(values) == len(x.options) else None
        return self._constants[x]

    def decision(self, path: str, *, count: bool = False) -> Decision:
        """Describe the decision at a path."""
        if (path, count) not in self._decisions:
            self._decisions[path, count] = decision_at(self.table, path, count=count)
        return self._decisions[path, count]

    def objects(self, space: Space, trust: Trust | None) -> Objects:
        """Return the Python objects the space may name with a trust, by default that of the working folder as it is now."""
        key = (os.getcwd(), trust)
        if key not in self._objects:
            self._objects[key] = Objects(trust or trust_of(space))
        return self._objects[key]

    @cached_property
    def is_flat(self) -> bool:
        """Whether the decisions are the entries, one each."""
        return self.table.path == tuple(self.table.root.fields)

    @cached_property
    def named_outputs(self) -> frozenset[Instance]:
        """The layers whose output an argument of another layer names."""
        return frozenset(
            y for x in _operations(self.table.root) for at, given in _given(x, "output") for y in _meant(at, given)
        )

    @cached_property
    def named_weights(self) -> frozenset[Instance]:
        """The layers whose weight an argument of another layer names. Raises E602 where that is no single layer."""
        named = [y for x in _operations(self.table.root) for at, given in _given(x, "weights") for y in _meant(at, given)]
        return frozenset(layer_of(y) for y in named if isinstance(y, Operation | Scoped))

    def looks_back(self, x: Repeated) -> bool:
        """Whether something in the body of a repeat reads the output of an instance so many back."""
        if x not in self._back:
            named = [given for item in x.items for inner in _operations(item) for given in _given(inner, "output")]
            self._back[x] = any(not any(is_layer(z) for z in _meant(at, y)) for at, y in named)
        return self._back[x]

    def strides(self, x: Instance) -> bool:
        """Whether a layer takes the stride of the edge it stands in: an operator with a stride that has none of its own."""
        match x:
            case Operation(body=body):
                return takes_stride(x) or (body is not None and self.strides(body))
            case Chain(items=items) | Decided(options=items) | Repeated(items=items):
                return any(map(self.strides, items))
            case Scoped(body=body):
                return self.strides(body)
            case Conditional(then=then, other=other):
                return self.strides(then) or (other is not None and self.strides(other))
            case _:
                return False


def _operations(x: Named) -> Iterator[Operation]:
    """Yield the operators at and below an instance."""
    for y, _ in below(x, -1, lambda *_: -1):
        if isinstance(y, Operation) and "::" not in y.fn and y.fn not in ("list", "tuple"):
            yield y


def takes_stride(x: Operation) -> bool:
    """Whether an operator has an argument `stride` that is not given."""
    if "::" in x.fn or x.fn in ("list", "tuple") or "stride" in x.named:
        return False
    return any(p.name == "stride" for p in operator_class(x).signature.parameters)


def _given(x: Operation, kind: str) -> Iterator[tuple[str, Instance]]:
    """Yield path and value of the arguments of an operator that are of one type."""
    parameters = operator_class(x).signature.parameters
    named = {**{p.name: y for p, y in zip(parameters, x.positional, strict=False)}, **x.named}
    for p in parameters:
        if p.type == kind and p.name in named:
            yield f"{x.path}/{p.name}", named[p.name]


def _meant(at: str, x: Instance) -> Iterator[Instance]:
    """Yield what the argument at a path may refer to: what it is given, or what stands behind its own condition or choice."""
    yield x
    match x:
        case Conditional(then=then, other=other):
            yield from _meant(at, then)
            if other is not None:
                yield from _meant(at, other)
        case Decided(path=path, options=options) if path == at:
            for option in options:
                yield from _meant(at, option)
