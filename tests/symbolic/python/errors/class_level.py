from torch import nn

import symbolic as sym


class target(nn.Module):  # noqa: N801
    width = sym.oneof(8, 16)
