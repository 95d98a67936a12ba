import symbolic as sym


class target:  # noqa: N801
    def __init__(self) -> None:
        self.ops = sym.subset(["crop", "flip", "cutout"], (1, 2))
        if "crop" in self.ops:
            self.size = sym.oneof(8, 16)
