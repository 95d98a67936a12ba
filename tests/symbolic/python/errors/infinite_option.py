import symbolic as sym


class target:  # noqa: N801
    def __init__(self) -> None:
        self.limit = sym.oneof(1.0, (2, float("inf")))
