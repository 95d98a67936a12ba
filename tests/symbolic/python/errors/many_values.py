from torch import nn

import symbolic as sym


class target(nn.Module):  # noqa: N801
    def __init__(self) -> None:
        super().__init__()
        w = sym.integer(1, 100)
        if w > 50:
            self.c = sym.oneof(1, 2)
