from torch import nn

import symbolic as sym


class Inner(nn.Module):
    def __init__(self, width: int = sym.Range(4, 8)) -> None:
        super().__init__()
        self.layer = nn.Linear(width, 2)


class target(nn.Module):  # noqa: N801
    def __init__(self) -> None:
        super().__init__()
        self.inner = Inner()
