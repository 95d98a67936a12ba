import symbolic as sym


class target:  # noqa: N801
    def __init__(self) -> None:
        deep = sym.oneof(True, False)
        if deep:
            self.width = sym.oneof({"s": 8, "l": 16}, name="k")
        else:
            self.width = sym.oneof({"s": 512, "l": 1024}, name="k")
