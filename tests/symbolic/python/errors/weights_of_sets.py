import symbolic as sym


class target:  # noqa: N801
    def __init__(self) -> None:
        self.ops = sym.subset(["a", "b", "c"], 2, weights=[1, 2, 3])
