import symbolic as sym


class target:  # noqa: N801
    def __init__(self) -> None:
        self.sizes = sym.oneof((1, 2), ())
