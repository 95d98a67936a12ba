"""The maker that makes nothing: operators only tell their shapes, and no code of the user's runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from symbolic.resolver import Resolver
from symbolic.shapes import Shape
from symbolic.table.instances import External, Formula, Operation


class Foreign(Exception):
    """A layer of foreign make stands here: its shape is known only when it is built, so the check ends before it."""


@attrs.frozen(eq=False)
class Outlines:
    """The maker that makes nothing: operators only tell their shapes, and no code of the user's runs."""

    def find(self, name: str, at: Operation | External) -> Any:
        return name

    def call(self, function: Any, args: Sequence[object], kwargs: Mapping[str, object]) -> object:
        return None

    def program(self, function: Any, kwargs: Mapping[str, object], at: Operation, resolver: Resolver) -> object:
        return None

    def takes_body(self, function: Any) -> bool:
        return False

    def edited(self, network: Any, parts: Mapping[str, Any], at: Operation) -> Any:
        return None

    def reaching(self, network: Any, s: Shape, path: str, at: Operation) -> Shape:
        raise Foreign(at.fn)

    def layer(self, op: Any, s: Shape) -> object:
        return None

    def around(self, op: Any, s: Shape, body: Any) -> tuple[object, Shape]:
        return None, op.shape(s, (lambda inner: body(inner)[1]) if callable(body) else body)

    def join(self, parts: Sequence[object]) -> object:
        return None

    def cost(self, name: str, module: object, s: Shape | None, at: Formula) -> int:
        raise Foreign(name)

    def measure(self, module: object, s: Shape, at: Operation) -> Shape:
        raise Foreign(at.fn)

    def memory(self) -> Any:
        return None

    def remember(self, part: Any, memory: Any) -> Any:
        return None

    def recall(self, memory: Any, back: int) -> Any:
        return None

    def begin(self, part: Any, memory: Any) -> Any:
        return None

    def forget(self, part: Any, memories: Sequence[Any]) -> Any:
        return None

    def weight(self, layer: Any) -> Any:
        return None
