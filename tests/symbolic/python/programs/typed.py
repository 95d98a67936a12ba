"""An annotated program whose types a checker sees: every asking word, both forms of description, `call`."""

from collections.abc import Callable
from typing import Annotated, assert_type

import symbolic as sym


class Act:
    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale


class Relu(Act): ...


class Gelu(Act): ...


def doubled(number: int) -> int:
    return 2 * number


class Unit:
    def __init__(self, width: int) -> None:
        kernel = sym.oneof(3, 5, name="kernel")
        assert_type(kernel, int)
        act = sym.oneof(Relu, Gelu)(0.5)
        assert_type(act, Act)
        self.padding: int = kernel // 2
        assert_type(sym.oneof({"small": 16, "large": 64}, name="size"), int)
        make = sym.oneof({"act": lambda: Relu(), "unit": lambda: Gelu()}, name="make")
        self.made: Act = make()
        assert_type(sym.subset(["a", "b"], 1, name="ops"), tuple[str, ...])
        assert_type(sym.permutation([1, 2], name="order"), tuple[int, ...])
        assert_type(sym.integer(1, 3, name="n"), int)
        assert_type(sym.floating(0.0, 0.5, name="rate"), float)
        assert_type(sym.repeat(lambda i: str(i), 1, 3, name="body"), list[str])
        assert_type(sym.repeat(lambda i: i, 1, 4, prior=2, name="more"), list[int])
        assert_type(sym.lift(doubled, width), int)
        with sym.scope("layer", 0):
            assert_type(sym.oneof(0.1, 0.2, name="inner", weights=[1, 3], doc="a rate"), float)


@sym.searchable
class Net:
    def __init__(self, width: Annotated[int, sym.Range(16, 64, step=16)] = 32, depth: int = sym.Range(1, 3)) -> None:
        self.units = sym.repeat(lambda i: Unit(width), depth, name="units")


@sym.searchable
def scaled(factor: Annotated[float, sym.Range(0.1, 1.0)] = 0.5) -> float:
    return factor


@sym.searchable
class Sets:
    def __init__(
        self,
        ops: Annotated[tuple[str, ...], sym.Subset(["blur", "flip"], (0, 2))] = ("blur",),
        order: Annotated[tuple[int, ...], sym.Permutation([1, 2, 3])] = (1, 2, 3),
        kind: Annotated[str, sym.OneOf("a", "b")] = "a",
    ) -> None:
        self.ops, self.order, self.kind = ops, order, kind


assert_type(Net(8), Net)
assert_type(Sets().ops, tuple[str, ...])
assert_type(scaled(0.2), float)
TARGET = {"model": Net, "lr": sym.Range(1e-4, 0.1, log=True)}
SPACE: sym.Space = sym.space(TARGET, require="model.width > 16", maximize="accuracy")
CALLED: sym.Space = sym.space(sym.rebind(sym.call(dict, x=sym.OneOf(1, 2)), y=[sym.Range(1, 3)]))
MAKE: Callable[..., Net] = Net
ADDRESSED: sym.Space = sym.space(sym.call(dict, x=[1, sym.OneOf(2, 3)]).rebind({"x[1]": 5}, y=sym.Range(1, 3)))
