from torch import nn

import symbolic as sym


def block(width: int = sym.Range(8, 16)) -> nn.Module:
    return nn.Linear(2, width + 1)


class target(nn.Module):  # noqa: N801
    def __init__(self) -> None:
        super().__init__()
        self.f = block()
