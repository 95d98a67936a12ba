"""Operators that do nothing, or next to nothing: the empty choices of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.torch.operators.joining import project
from backends.torch.operators.sizes import ceil_div, positive, unchanged
from symbolic.errors import SpaceError
from symbolic.operators import operator
from symbolic.shapes import Shape, image

if TYPE_CHECKING:
    from torch import nn


@operator("identity")
class Identity:
    """The input itself. Any shape, kept."""

    def shape(self, s: Shape) -> Shape:
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.Identity()


@operator("skip")
class Skip:
    """The input itself; with another width or a stride, an image goes through a 1x1 convolution and batch norm."""

    width: int | None = None
    stride: int = 1

    spatial = ("stride",)

    def shape(self, s: Shape) -> Shape:
        return _resized("skip", s, self.width, self.stride)

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        out = self.shape(s)
        return nn.Identity() if unchanged(s, out) else project(s, out, self.stride)


@operator("zero")
class Zero:
    """Zeros in the shape of the input; an image may get another width or a stride."""

    width: int | None = None
    stride: int = 1

    spatial = ("stride",)

    def shape(self, s: Shape) -> Shape:
        return _resized("zero", s, self.width, self.stride)

    def build(self, s: Shape) -> nn.Module:
        from backends.torch.layers import Zero as Layer

        out = self.shape(s)
        return Layer(None if self.width is None else out.axes[0], self.stride)


@operator("none_op")
class NoneOp:
    """Zeros in the shape of the input: the edge of a cell that is not there."""

    def shape(self, s: Shape) -> Shape:
        return s

    def build(self, s: Shape) -> nn.Module:
        from backends.torch.layers import Zero as Layer

        return Layer(None, 1)


def _resized(name: str, s: Shape, width: int | None, stride: int) -> Shape:
    if width is None and stride == 1:
        return s
    if s.kind != "image":
        raise SpaceError("E602", f"{name} changes the width or size of images only, got {s}")
    positive(name, width=width, stride=stride)
    channels = s.axes[0] if width is None else width
    return image(channels, ceil_div(s.axes[1], stride), ceil_div(s.axes[2], stride))
