from torch import nn

import symbolic as sym


class Unit(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.k = sym.oneof(1, 2)


class target(nn.Module):  # noqa: N801
    def __init__(self) -> None:
        super().__init__()
        self.unit = Unit(sym.integer(1, 2, name="unit"))
