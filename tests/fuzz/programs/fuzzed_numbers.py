"""A seed: numbers, bounds that follow numbers, branches on answers, repeats with counts of every kind."""

from typing import Annotated

import symbolic as sym


class Unit:
    def __init__(self, width: int) -> None:
        self.kernel = sym.oneof(1, 3, 5, default=3, weights=(1, 2, 1))
        self.rate = sym.floating(0.0, 0.5, step=0.1, default=0.2)
        self.width = width


@sym.searchable
class Net:
    def __init__(
        self,
        width: Annotated[int, sym.Range(16, 64, step=16)] = 32,
        depth: int = sym.Range(1, 3, default=2),
        kind: Annotated[str, sym.OneOf("small", "large", doc="the size")] = "small",
    ) -> None:
        self.units = sym.repeat(lambda i: Unit(width), depth, name="units")
        self.head = Unit(width * 2)
        lr = sym.floating(1e-4, 1e-1, log=True, prior=1e-2, doc="the step")
        n = sym.integer(1, 4)
        self.most = sym.integer(1, n * 2)
        self.body = sym.repeat(lambda i: sym.oneof(1, 2, name="k") * i, 0, 3, default=1, name="body")
        if kind == "large" and n > 2:
            self.extra = sym.integer(2, 2**n)
        elif kind == "small":
            self.other = [Unit(8) for _ in range(n)]
        with sym.scope("late", 0):
            self.kernel = sym.oneof(1, 2, 3)
        self.lr = sym.lift(max, lr, 0.5)


target = Net
