"""A seed: options of every kind, options inside options, sets, orders, functions that are searched."""

import functools

import symbolic as sym


class Relu:
    def __init__(self, slope: float = 0.0) -> None:
        self.slope = slope


class Gelu:
    def __init__(self, slope: float = 0.0) -> None:
        self.slope = slope


@sym.searchable
def block(width: int = sym.Range(1, 4), bias: bool = sym.OneOf(True, False)) -> object:
    act = sym.oneof(Relu, Gelu, default=Gelu)
    return [act(0.5) for _ in range(2)], width, bias


class Pair:
    def __init__(self, left: object) -> None:
        self.left = left
        self.right = sym.oneof("a", "b", None, name="right")


class Net:
    def __init__(self) -> None:
        self.first, self.second = block(), block(2)
        make = sym.oneof(
            {"pair": lambda: Pair(1), "two": lambda: [Pair(2), Pair(3)], "none": dict, "part": functools.partial(Relu, 0.1)},
            default="two",
        )
        self.made = make()
        self.ops = sym.subset(["crop", "flip", "cutout"], (1, 2), default=["flip"])
        self.order = sym.permutation([1, 2, 3], name="order")
        self.size = sym.oneof((1, 2), (3, 4))
        if self.size == (3, 4):
            self.again = sym.oneof(*"abc", weights=[1, 2, 3])
        match sym.oneof("x", "y", "z", name="axis"):
            case "x":
                self.depth = sym.integer(1, 3)
            case "y":
                self.depth = sym.integer(1, 4, name="deep")
            case _:
                self.same = [sym.oneof(1, 2, name="k", shared=True) for _ in range(2)]


target = {"model": Net, "train": {"lr": sym.Range(1e-4, 0.1, log=True), "batch": sym.OneOf(32, 64)}, "seed": 3}
