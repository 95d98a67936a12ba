from torch import nn

import symbolic as sym


@sym.searchable
def target(width: int = sym.integer(8, 16)) -> nn.Module:
    return nn.Linear(2, width)
