from torch import nn

import symbolic as sym


class target(nn.Module):  # noqa: N801
    def __init__(self) -> None:
        super().__init__()
        heads = sym.oneof(1, 2, 3)
        if 4 % heads:
            raise ValueError(f"4 is not divisible by {heads}")
        self.f = nn.Linear(2, heads)
