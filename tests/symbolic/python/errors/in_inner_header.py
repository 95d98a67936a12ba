from torch import nn

import symbolic as sym


class target(nn.Module):  # noqa: N801
    def __init__(self) -> None:
        super().__init__()

        def make(k: int = sym.oneof(1, 2)) -> nn.Module:
            return nn.Linear(2, k)

        self.f = make()
