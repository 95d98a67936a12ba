from torch import nn

import symbolic as sym


class Base(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.f = nn.Linear(2, sym.oneof(1, 2, name="k"))

    def forward(self, x: nn.Module) -> nn.Module:
        return sym.oneof({"double": 2, "single": 1}, name="times") * self.f(x)


class target(Base):  # noqa: N801
    def forward(self, x: nn.Module) -> nn.Module:
        return super().forward(x)
