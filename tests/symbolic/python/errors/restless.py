import itertools

from torch import nn

import symbolic as sym

COUNT = itertools.count()


class target(nn.Module):  # noqa: N801
    def __init__(self) -> None:
        super().__init__()
        self.a = sym.oneof(1, 2)
        if next(COUNT) % 2:
            self.b = sym.oneof(1, 2)
