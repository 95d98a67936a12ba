from torch import nn

import symbolic as sym


class target(nn.Module):  # noqa: N801
    def __init__(self, width: int) -> None:
        super().__init__()
        self.k = sym.oneof(1, 2)
