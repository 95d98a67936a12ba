from torch import nn

import symbolic as sym


class target(nn.Module):  # noqa: N801
    def __init__(self) -> None:
        super().__init__()
        self.f = nn.ModuleList()
        for _ in range(3):
            self.f.append(nn.Linear(2, sym.oneof(1, 2, name="k")))
