import symbolic as sym


class target:  # noqa: N801
    def __init__(self) -> None:
        self.a = sym.oneof({"s": 8, "l": 16}, name="k")
        self.b = sym.oneof({"s": 512, "l": 1024}, name="k")
