import symbolic as sym


class target:  # noqa: N801
    def __init__(self) -> None:
        self.body = sym.repeat(lambda i: i, 1, 10**6, name="body")
