from torch import nn

import symbolic as sym


class target(nn.Module):  # noqa: N801
    def __init__(self) -> None:
        super().__init__()
        a, b = sym.oneof((1, 2), (3, 4))
        self.f = nn.Linear(a, b)
