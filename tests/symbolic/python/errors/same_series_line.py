from torch import nn

import symbolic as sym


class target(nn.Module):  # noqa: N801
    def __init__(self) -> None:
        super().__init__()
        depth = sym.integer(1, 3)
        for _ in range(2):
            self.f = sym.repeat(lambda i: sym.oneof(1, 2, name="k"), depth, name="f")
