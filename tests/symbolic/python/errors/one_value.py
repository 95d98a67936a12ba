from torch import nn

import symbolic as sym


@sym.searchable
def target(width: int = sym.Range(8, 8)) -> nn.Module:
    return nn.Linear(2, width)
