"""What a walk makes things with: real modules when something is built, nothing at all when only shapes are checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from symbolic.resolver import Resolver
from symbolic.shapes import Shape
from symbolic.table.instances import External, Formula, Operation


class Maker(Protocol):
    """Makes what a space is built of."""

    def find(self, name: str, at: Operation | External) -> Any:
        """Return the Python object called `module::qualname`."""

    def call(self, function: Any, args: Sequence[object], kwargs: Mapping[str, object]) -> object:
        """Call a Python object with its arguments."""

    def program(self, function: Any, kwargs: Mapping[str, object], at: Operation, resolver: Resolver) -> object:
        """Run a constructor that asks decisions of its own, below the path of `at`."""

    def takes_body(self, function: Any) -> bool:
        """Return whether a Python object has a parameter called `body`."""

    def edited(self, network: Any, parts: Mapping[str, Any], at: Operation) -> Any:
        """Return a network with submodules replaced, by dotted path."""

    def reaching(self, network: Any, s: Shape, path: str, at: Operation) -> Shape:
        """Return the shape of what reaches a submodule when a network runs behind an input."""

    def layer(self, op: Any, s: Shape) -> object:
        """Build an operator for an input shape."""

    def around(self, op: Any, s: Shape, body: Any) -> tuple[object, Shape]:
        """Build an operator with a body: a function into it, or the edges of a graph."""

    def join(self, parts: Sequence[object]) -> object:
        """Make one layer of several that follow each other."""

    def cost(self, name: str, module: object, s: Shape | None, at: Formula) -> int:
        """Return the cost of a network: `params` or `flops`, the latter for an input shape."""

    def measure(self, module: object, s: Shape, at: Operation) -> Shape:
        """Return the shape a layer of foreign make gives."""

    def memory(self) -> Any:
        """Make a memory for outputs that are read again further on."""

    def remember(self, part: Any, memory: Any) -> Any:
        """Make a layer that puts its output into a memory."""

    def recall(self, memory: Any, back: int) -> Any:
        """Make a layer that gives what was put into a memory, `back` puts ago."""

    def begin(self, part: Any, memory: Any) -> Any:
        """Make a layer that runs `part` with a memory that holds the input alone, and empties it afterwards."""

    def forget(self, part: Any, memories: Sequence[Any]) -> Any:
        """Make a layer that runs `part` and empties memories afterwards."""

    def weight(self, layer: Any) -> Any:
        """Return the one weight of a layer."""
