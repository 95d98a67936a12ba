from torch import nn

import symbolic as sym


class target(nn.Module):  # noqa: N801
    def __init__(self) -> None:
        super().__init__()
        self.a = sym.floating(0.0, 1.0, default=2.0)
