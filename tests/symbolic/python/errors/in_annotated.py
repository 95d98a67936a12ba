from typing import Annotated

from torch import nn

import symbolic as sym


@sym.searchable
def target(width: Annotated[int, sym.integer(8, 16)] = 8) -> nn.Module:
    return nn.Linear(2, width)
