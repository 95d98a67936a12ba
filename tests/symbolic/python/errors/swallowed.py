import symbolic as sym


class target:  # noqa: N801
    def __init__(self) -> None:
        self.last = sym.oneof(1, 2)
        for _ in range(2):
            try:
                self.k = sym.oneof(3, 5)
            except Exception:
                self.k = 3
