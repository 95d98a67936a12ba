from torch import nn

import symbolic as sym


class target(nn.Module):  # noqa: N801
    def __init__(self) -> None:
        super().__init__()
        width = sym.Range(8, 16)
        self.f = nn.Linear(2, width)
