import symbolic as sym


class target:  # noqa: N801
    def __init__(self) -> None:
        self.a = sym.oneof(8, 16, name="k")
        self.b = sym.oneof(8, 16, name="k", default=16)
