import symbolic as sym


class target:  # noqa: N801
    def __init__(self) -> None:
        self.body = sym.repeat(lambda i: i, 3, default=2, name="body")
