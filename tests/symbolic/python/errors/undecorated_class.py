import torch
from torch import nn

import symbolic as sym


class target(nn.Module):  # noqa: N801
    def __init__(self, width: int = sym.Range(4, 8)) -> None:
        super().__init__()
        self.weight = torch.empty(width)
