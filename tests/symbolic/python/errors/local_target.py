from torch import nn

import symbolic as sym


def make() -> type:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.k = sym.oneof(1, 2)

    return Net


target = make()
