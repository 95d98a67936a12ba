from typing import Annotated

from torch import nn

import symbolic as sym


@sym.searchable
def target(width: Annotated[int, sym.Range(8, 16)] = sym.Range(8, 16)) -> nn.Module:
    return nn.Linear(2, width)
