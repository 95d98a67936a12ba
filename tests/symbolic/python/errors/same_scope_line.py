from torch import nn

import symbolic as sym


class target(nn.Module):  # noqa: N801
    def __init__(self) -> None:
        super().__init__()
        for _ in range(3):
            with sym.scope("layer"):
                self.k = sym.oneof(1, 2)
