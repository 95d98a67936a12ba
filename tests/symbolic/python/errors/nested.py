import symbolic as sym


class target:  # noqa: N801
    def __init__(self, depth: int = 0) -> None:
        if depth < 40:
            self.o = sym.oneof({"deeper": lambda: target(depth + 1), "stop": dict})()
