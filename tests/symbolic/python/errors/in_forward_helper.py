from torch import nn

import symbolic as sym


def chosen(x: nn.Module) -> nn.Module:
    act = sym.oneof(
        nn.ReLU,
        nn.GELU,
    )
    return act()(x)


class target(nn.Module):  # noqa: N801
    def __init__(self) -> None:
        super().__init__()
        self.f = nn.Linear(2, sym.oneof(1, 2, name="k"))

    def forward(self, x: nn.Module) -> nn.Module:
        return self.block(x)

    def block(self, x: nn.Module) -> nn.Module:
        return (lambda y: chosen(y))(self.f(x))
