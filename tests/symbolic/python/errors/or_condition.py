from torch import nn

import symbolic as sym


class target(nn.Module):  # noqa: N801
    def __init__(self) -> None:
        super().__init__()
        a = sym.oneof(1, 2)
        b = sym.oneof(1, 2)
        if a == 2 or b == 2:
            self.c = sym.oneof(1, 2)
