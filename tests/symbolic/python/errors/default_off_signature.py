from typing import Annotated

from torch import nn

import symbolic as sym


@sym.searchable
def target(width: Annotated[int, sym.Range(8, 16, step=8)] = 9) -> nn.Module:
    return nn.Linear(2, width)
