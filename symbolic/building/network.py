"""Building layers: shapes thread through a network, each operator is built for the shape that reaches it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs

from symbolic.building.blueprint import takes_stride
from symbolic.building.foreign import call, edit
from symbolic.building.graph import NODE, dag_edges, dense_edges, items
from symbolic.building.memory import History, Notes, Remembered, Tied, layer_of
from symbolic.building.roles import ABSENT, Absence, describe, exhausted, operator_class, remedy, span_of
from symbolic.errors import SpaceError
from symbolic.operators import Signature
from symbolic.shapes import Shape, ShapeError, same_shape
from symbolic.table.instances import Chain, Conditional, Constant, Decided, Instance, Operation, Repeated, Scoped

if TYPE_CHECKING:
    from symbolic.building.walk import Walk


@attrs.frozen(eq=False)
class Part:
    """An argument of type `module`: builds itself afresh wherever the operator wants it."""

    network: Network
    instance: Instance

    def shape(self, s: Shape) -> Shape:
        return self.network.layer(self.instance, s)[1]

    def build(self, s: Shape) -> tuple[Any, Shape]:
        return self.network.layer(self.instance, s)


@attrs.frozen(eq=False)
class Flow:
    """What reaches a layer beside its input.

    `stride`: that of the edge of a graph in which it stands, for the first layer that can take one. `history`: the outputs
    of the items before it, in a stack or in a repeat that looks back.
    """

    stride: int | None = None
    history: History | None = None


@attrs.frozen(eq=False)
class Network:
    """The part of a walk that builds layers for input shapes."""

    walk: Walk
    flow: Flow = Flow()
    notes: Notes = attrs.field(factory=Notes)

    def whole(self, x: Instance, s: Shape) -> tuple[Any, Shape]:
        """Build a network of its own, which names nothing outside of it; return it and the shape it gives."""
        self.notes.clear()
        part, out = self.layer(x, s)
        memories = list(self.notes.memories)
        self.notes.clear()
        return (self.walk.maker.forget(part, memories) if memories else part), out

    def edge(self, stride: int | None) -> Network:
        """Return the network as an edge of a graph sees it."""
        return attrs.evolve(self, flow=attrs.evolve(self.flow, stride=stride))

    def layer(self, x: Instance, s: Shape) -> tuple[Any, Shape]:
        """Build a part of a network for an input shape; return it and the shape it gives. Raises E602 where that fails."""
        part, out = self._layer(x, s)
        if x not in self.walk.blueprint.named_outputs:
            return part, out
        memory = self.walk.maker.memory()
        self.notes.memories.append(memory)
        self.notes.outputs[x] = Remembered(out, memory, 1, self.walk.maker)
        return self.walk.maker.remember(part, memory), out

    def _layer(self, x: Instance, s: Shape) -> tuple[Any, Shape]:
        match x:
            case Chain(items=items):
                return self._chain(items, s)
            case Scoped(names=names, body=body):
                self.walk.names(names)
                return self.layer(body, s)
            case Decided() if x.options:
                return self._choice(x, s)
            case Repeated():
                return self._repeat(x, s)
            case Conditional():
                branch = self.walk.branch(x)
                return (self.walk.maker.join([]), s) if branch is None else self.layer(branch, s)
            case Operation() if "::" in x.fn:
                made = call(self, x, s)
                return made, self.walk.maker.measure(made, s, x)
            case Operation(fn="edit"):
                made = edit(self, x, s)
                return made, self.walk.maker.measure(made, s, x)
            case Operation() if x.fn not in ("list", "tuple"):
                return self._operator(x, s)
            case _:
                raise ShapeError("E602", f"{describe(x)} is no layer of a network", span_of(x), remedy(x))

    def _chain(self, items: Sequence[Instance], s: Shape) -> tuple[Any, Shape]:
        parts = []
        here = self
        for item in items:
            part, s = here.layer(item, s)
            parts.append(part)
            if here.flow.stride not in (None, 1) and self.walk.blueprint.strides(item):
                here = self.edge(1)
        return self.walk.maker.join(parts), s

    def _choice(self, x: Decided, s: Shape) -> tuple[Any, Shape]:
        given: list[tuple[str, Shape]] = []

        def use(k: int) -> Any:
            part, out = self.layer(x.options[k], s)
            given.append((x.labels[k], out))
            return part

        part = self.walk.chosen(x, use)
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

    def _repeat(self, x: Repeated, s: Shape) -> tuple[Any, Shape]:
        """Build a repeat; where its body looks back, with a history of its instances."""
        if not self.walk.blueprint.looks_back(x):
            return attrs.evolve(self, flow=attrs.evolve(self.flow, history=None))._units(x, s)
        history = History.of(self.walk.maker, s)
        inside = attrs.evolve(self, flow=attrs.evolve(self.flow, history=history))
        part, out = inside._units(x, s, history)
        return history.around(part), out

    def _units(self, x: Repeated, s: Shape, history: History | None = None) -> tuple[Any, Shape]:
        start = s
        here = self

        def unit(i: int) -> Any:
            nonlocal s, here
            part, s = here.layer(x.items[i], s)
            if searched and not same_shape(start, s):
                message = f"`{x.path}` is repeated a searched number of times and must keep the shape, got {start} -> {s}"
                raise ShapeError("E602", message, x.span, "change the shape before or after the repeat")
            if here.flow.stride not in (None, 1) and self.walk.blueprint.strides(x.items[i]):
                here = self.edge(1)
            return part if history is None else history.add(part, s)

        searched = self.walk.asking.mixes and not isinstance(x.count, Constant)
        return self.walk.maker.join(list(self.walk.repeated(x, unit))), s

    def _stack(self, x: Operation, s: Shape) -> tuple[Any, Shape]:
        """Build a stack: a sequence whose items may read the outputs of the items before the last one."""
        assert x.body is not None
        history = History.of(self.walk.maker, s)
        inside = attrs.evolve(self, flow=attrs.evolve(self.flow, history=history))
        parts = []
        for item in items(inside, x.body):
            if isinstance(item, Repeated):
                part, s = inside._units(item, s, history)
            else:
                part, s = inside.layer(item, s)
                part = history.add(part, s)
            parts.append(part)
        return history.around(self.walk.maker.join(parts)), s

    def _operator(self, x: Operation, s: Shape) -> tuple[Any, Shape]:
        cls = operator_class(x)
        if self.walk.asking.mixes:
            for name in getattr(cls, "spatial", ()):
                decided = x.named.get(name)
                if isinstance(decided, Decided) and decided.options:
                    return self._per_value(x, name, decided, s)
        try:
            return self._make(x, cls, s)
        except SpaceError as e:
            if isinstance(e, ShapeError) or e.code != "E602" or e.span is not None:
                raise
            raise ShapeError("E602", f"{e.message} (at `{x.path}`)", x.span, e.hint, path=x.path) from e
        except (TypeError, ValueError, RuntimeError, ArithmeticError) as e:
            if exhausted(e):
                raise
            message = f"`{x.path}`: {x.fn} cannot be built for {s}: {type(e).__name__}: {e}"
            raise ShapeError("E602", message, x.span, path=x.path) from e

    def _per_value(self, x: Operation, name: str, decided: Decided, s: Shape) -> tuple[Any, Shape]:
        """Build an operator once per value of an argument that changes places, behind a choice: it cannot stretch."""
        given: list[tuple[str, Shape]] = []

        def use(k: int) -> Any:
            fixed = attrs.evolve(x, named={**x.named, name: decided.options[k]})
            part, out = self._operator(fixed, s)
            given.append((f"{name} {decided.labels[k]}", out))
            return part

        part = self.walk.asking.chosen(decided, use)
        return part, self._agreed(decided, given)

    def _make(self, x: Operation, cls: Any, s: Shape) -> tuple[Any, Shape]:
        signature: Signature = cls.signature
        if signature.value:
            raise SpaceError("E602", f"{x.fn} is no layer of a network: it belongs into a record")
        op = self._filled(x, cls)
        if x.fn == "stack":
            return self._stack(x, s)
        if not signature.body and x.fn != "dense":
            out = op.shape(s)
            self._plain_places(x, out)
            part = self.walk.maker.layer(op, s)
            if x in self.walk.blueprint.named_weights:
                self.notes.weights[x] = self._tied(x, op, s, part)
            return part, out
        if x.body is None and not (signature.bare or x.fn in ("dag", "dense")):
            raise SpaceError("E602", f"{x.fn} needs a body: {x.fn} {{ ... }}")
        part, out = self.walk.maker.around(op, s, self._body(x, op))
        self._plain_places(x, out)
        return part, out

    def _filled(self, x: Operation, cls: Any) -> Any:
        """Return the operator with its arguments; the stride of the edge it stands in where it has none of its own."""
        if x.fn == "dag":
            x = attrs.evolve(x, named={name: y for name, y in x.named.items() if name != NODE})
        outputs = [p.name for p in cls.signature.parameters if p.type == "output"]
        if outputs and x.body is None and not any(name in x.named for name in outputs):
            hint = f"label an item and name it: relu as early >> ... >> {x.fn}(early)"
            raise SpaceError("E204", f"{x.fn!r} needs the name of an earlier item", x.span, hint)
        stride = self.flow.stride
        if stride is not None and takes_stride(x):
            x = attrs.evolve(x, named={**x.named, "stride": Constant(stride)})
        return self.walk.filled(x, cls, self)

    def _body(self, x: Operation, op: Any) -> Any:
        """Return what an operator gets as its body."""
        if x.fn == "dag":
            return dag_edges(self, x, op.inputs)
        if x.fn == "dense":
            return dense_edges(self, x)
        body = x.body
        return None if body is None else lambda inner: self.layer(body, inner)

    def _plain_places(self, x: Operation, out: Shape) -> None:
        """Raise E602 where the number of places, not of channels, depends on a decision that one network must hold."""
        places = out.axes[1:] if out.kind == "image" else out.axes[:1] if out.kind in ("sequence", "tokens") else ()
        if any(type(n) is not int for n in places):
            raise SpaceError("E602", f"the size after {x.fn} differs between candidates: {out}", hint="freeze the decision")

    # Arguments that name what stands further in front

    def output(self, x: Operation, name: str, y: Instance) -> Remembered | Absence:
        """Return the output that an argument refers to: that of an earlier item, or of the one so many items back."""
        if y in self.notes.outputs:
            return self.notes.outputs[y]
        match y:
            case Conditional():
                branch = self.walk.branch(y)
                return ABSENT if branch is None else self.output(x, name, branch)
            case Decided(options=options) if options and self.walk.blueprint.has_call(y):
                return self.walk.chosen(y, lambda k: self.output(x, name, options[k]))
        if self.walk.blueprint.is_layer(y):
            message = f"{name!r} of {x.fn} names {describe(y)}, which does not stand in front of it in this network"
            raise SpaceError("E602", message, hint="label an item in front of it: conv2d(8) as early >> ... >> concat(early)")
        return self._back(x, name, self.walk.value(y))

    def _back(self, x: Operation, name: str, count: object) -> Remembered | Absence:
        if count is ABSENT or count is None:
            return ABSENT
        if type(count) is not int:
            raise SpaceError("E602", f"{name!r} of {x.fn} takes the name of an earlier item, or how many items back it lies")
        history = self.flow.history
        if history is None:
            hint = "label the item and name it, as in concat(early), or write the items as a repeat or a stack"
            raise SpaceError("E602", f"{x.fn} looks {count} items back, and stands in no repeat and in no stack", hint=hint)
        if not 1 <= count <= len(history.shapes):
            there = f"there are {len(history.shapes)}, the input of the first one counted"
            raise SpaceError("E602", f"{x.fn} looks {count} items back, and {there}")
        return history.back(count)

    def weights(self, x: Operation, name: str, y: Instance) -> Tied | Absence:
        """Return the weight that an argument refers to."""
        if isinstance(y, Conditional):
            branch = self.walk.branch(y)
            return ABSENT if branch is None else self.weights(x, name, branch)
        if isinstance(y, Constant) and y.value is None:
            return ABSENT
        if isinstance(y, Decided) and y.path == f"{x.path}/{name}":
            return self.walk.chosen(y, lambda k: self.weights(x, name, y.options[k]))
        layer = layer_of(y)
        if layer not in self.notes.weights:
            message = f"{name!r} of {x.fn} names {describe(layer)}, which does not stand in front of it in this network"
            raise SpaceError("E602", message, hint="label a layer in front of it: embedding(64) as words >> ...")
        return self.notes.weights[layer]

    def _tied(self, x: Operation, op: Any, s: Shape, part: Any) -> Tied:
        if not hasattr(op, "weight_shape"):
            raise ShapeError("E602", f"{x.fn} has no weight that another layer could share", x.span)
        return Tied(op.weight_shape(s), part, self.walk.maker)
