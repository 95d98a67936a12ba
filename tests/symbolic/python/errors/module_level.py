from torch import nn

import symbolic as sym

WIDTH = sym.integer(8, 16)


class target(nn.Module):  # noqa: N801
    def __init__(self) -> None:
        super().__init__()
        self.f = nn.Linear(2, WIDTH)
