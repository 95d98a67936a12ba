"""A seed: a network of torch, a call of a class from elsewhere, replaced arguments."""

from torch import nn

import symbolic as sym


class Unit(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        kernel = sym.oneof(1, 3)
        self.conv = nn.Conv2d(channels, channels, kernel, padding=kernel // 2)
        self.act = sym.oneof(nn.ReLU, nn.GELU)()

    def forward(self, x: object) -> object:
        return self.act(self.conv(x))


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        width = sym.integer(8, 16, step=4)
        self.stem = nn.Conv2d(1, width, 3)
        self.body = nn.Sequential(*sym.repeat(lambda i: Unit(width), 1, 2, name="body"))
        self.drop = nn.Dropout(sym.floating(0.0, 0.5, name="rate"))

    def forward(self, x: object) -> object:
        return self.drop(self.body(self.stem(x)))


CALLED = sym.call(nn.MultiheadAttention, embed_dim=8, num_heads=sym.OneOf(1, 2, 4), dropout=sym.Range(0.0, 0.3))
target = {"model": Net, "attention": CALLED.rebind(embed_dim=sym.OneOf(8, 16))}
