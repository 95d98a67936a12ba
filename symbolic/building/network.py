"""Building layers: shapes thread through a network, each operator is built for the shape that reaches it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs

from symbolic.building.roles import describe, exhausted, operator_class, remedy, span_of
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
class Network:
    """The part of a walk that builds layers for input shapes."""

    _walk: Walk

    def layer(self, x: Instance, s: Shape) -> tuple[Any, Shape]:
        """Build a part of a network for an input shape; return it and the shape it gives. Raises E602 where that fails."""
        match x:
            case Chain(items=items):
                return self._chain(items, s)
            case Scoped(names=names, body=body):
                self._walk.names(names)
                return self.layer(body, s)
            case Decided() if x.options:
                return self._choice(x, s)
            case Repeated():
                return self._stack(x, s)
            case Conditional():
                branch = self._walk.branch(x)
                return (self._walk.maker.join([]), s) if branch is None else self.layer(branch, s)
            case Operation() if "::" in x.fn:
                made = self._walk.call(x)
                return made, self._walk.maker.measure(made, s, x)
            case Operation() if x.fn not in ("list", "tuple"):
                return self._operator(x, s)
            case _:
                raise ShapeError("E602", f"{describe(x)} is no layer of a network", span_of(x), remedy(x))

    def _chain(self, items: Sequence[Instance], s: Shape) -> tuple[Any, Shape]:
        parts = []
        for item in items:
            part, s = self.layer(item, s)
            parts.append(part)
        return self._walk.maker.join(parts), s

    def _choice(self, x: Decided, s: Shape) -> tuple[Any, Shape]:
        given: list[tuple[str, Shape]] = []

        def use(k: int) -> Any:
            part, out = self.layer(x.options[k], s)
            given.append((x.labels[k], out))
            return part

        part = self._walk.asking.chosen(x, use)
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

        searched = self._walk.asking.mixes and not isinstance(x.count, Constant)
        return self._walk.maker.join(list(self._walk.repeated(x, unit))), s

    def _operator(self, x: Operation, s: Shape) -> tuple[Any, Shape]:
        cls = operator_class(x)
        if self._walk.asking.mixes:
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

        part = self._walk.asking.chosen(decided, use)
        return part, self._agreed(decided, given)

    def _make(self, x: Operation, cls: Any, s: Shape) -> tuple[Any, Shape]:
        op = self._walk.filled(x, cls)
        signature: Signature = cls.signature
        if signature.value:
            raise SpaceError("E602", f"{x.fn} is no layer of a network: it belongs into a record")
        if not signature.body:
            out = op.shape(s)
            self._plain_places(x, out)
            return self._walk.maker.layer(op, s), out
        if x.body is None:
            raise SpaceError("E602", f"{x.fn} needs a body: {x.fn} {{ ... }}")
        body = x.body
        part, out = self._walk.maker.around(op, s, lambda inner: self.layer(body, inner))
        self._plain_places(x, out)
        return part, out

    def _plain_places(self, x: Operation, out: Shape) -> None:
        """Raise E602 where the number of places, not of channels, depends on a decision that one network must hold."""
        places = out.axes[1:] if out.kind == "image" else out.axes[:1] if out.kind in ("sequence", "tokens") else ()
        if any(type(n) is not int for n in places):
            raise SpaceError("E602", f"the size after {x.fn} differs between candidates: {out}", hint="freeze the decision")
