"""What layers give to layers far behind them: outputs by name or by how far back they lie, and weights that two layers share.

A network is built front to back, so what an argument refers to has been built when the argument is read. Outputs wait in a
memory of the network: whoever gives one puts it there while the network runs, whoever reads one takes it from there.
"""

from __future__ import annotations

from typing import Any

import attrs

from symbolic.building.maker import Maker
from symbolic.building.roles import describe, span_of
from symbolic.shapes import Shape, ShapeError
from symbolic.table.instances import Instance, Operation, Scoped


@attrs.frozen(eq=False)
class Remembered:
    """An output that can be read later: its shape, where it waits, and how many came after it there (1: none)."""

    shape: Shape
    memory: Any
    back: int
    maker: Maker

    def read(self) -> Any:
        """Return a module that gives the output, whatever it is called with."""
        return self.maker.recall(self.memory, self.back)


@attrs.frozen(eq=False)
class History:
    """The outputs of the items of a repeat or stack so far, their common input first."""

    maker: Maker
    memory: Any
    shapes: list[Shape]

    @classmethod
    def of(cls, maker: Maker, s: Shape) -> History:
        """Begin a history with the input of the items."""
        return cls(maker, maker.memory(), [s])

    def add(self, part: Any, s: Shape) -> Any:
        """Return the module of an item that is remembered, and note its shape."""
        self.shapes.append(s)
        return self.maker.remember(part, self.memory)

    def back(self, count: int) -> Remembered:
        """Return the output so many items back; before the first item stands their input."""
        return Remembered(self.shapes[max(len(self.shapes) - count, 0)], self.memory, count, self.maker)

    def around(self, part: Any) -> Any:
        """Return the module of all items, which begins the memory afresh whenever it runs."""
        return self.maker.begin(part, self.memory)


@attrs.frozen(eq=False)
class Tied:
    """The weight of a layer that stands earlier in the network."""

    shape: tuple[int, ...]
    layer: Any
    maker: Maker

    def parameter(self) -> Any:
        """Return the parameter itself."""
        return self.maker.weight(self.layer)


@attrs.frozen(eq=False)
class Notes:
    """What one network has built so far that later layers name: outputs and weights, by instance."""

    outputs: dict[Instance, Remembered] = attrs.field(factory=dict)
    weights: dict[Instance, Tied] = attrs.field(factory=dict)
    memories: list[Any] = attrs.field(factory=list)

    def clear(self) -> None:
        """Forget everything: another network begins, which cannot see into this one."""
        self.outputs.clear()
        self.weights.clear()
        self.memories.clear()


def layer_of(x: Instance) -> Operation:
    """Return the layer that a reference to weights names. Raises E602 where it is more than one layer."""
    inner = x
    while isinstance(inner, Scoped):
        inner = inner.body
    if isinstance(inner, Operation):
        return inner
    hint = "label the layer itself, as in `embedding(64) as words`"
    raise ShapeError("E602", f"{describe(x)} is no single layer, so it has no weight to share", span_of(x), hint)
