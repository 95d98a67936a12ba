"""Larger images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from backends.torch.operators.sizes import positive
from symbolic.errors import SpaceError
from symbolic.operators import expect, operator
from symbolic.shapes import Shape, image

if TYPE_CHECKING:
    from torch import nn

MODES: tuple[Literal["nearest", "bilinear"], ...] = ("nearest", "bilinear")


@operator("upsample")
class Upsample:
    """Make an image `scale` times as high and wide; `mode` is nearest or bilinear."""

    scale: int = 2
    mode: str = "nearest"

    spatial = ("scale",)

    def shape(self, s: Shape) -> Shape:
        expect("upsample", s, "image")
        positive("upsample", scale=self.scale)
        if self.mode not in MODES:
            raise SpaceError("E602", f"upsample has the modes {' and '.join(MODES)}, got {self.mode!r}")
        return image(s.axes[0], self.scale * s.axes[1], self.scale * s.axes[2])

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.Upsample(scale_factor=self.scale, mode=self.mode)


@operator("conv_transpose2d")
class ConvTranspose2d:
    """Transposed convolution that makes an image `stride` times as high and wide.

    The kernel is at least the stride; with stride 1 it is odd.
    """

    width: int | None = None
    kernel: int = 2
    stride: int = 2
    bias: bool = True

    spatial = ("kernel", "stride")

    def shape(self, s: Shape) -> Shape:
        expect("conv_transpose2d", s, "image")
        positive("conv_transpose2d", width=self.width, kernel=self.kernel, stride=self.stride)
        if self.kernel < self.stride or (self.stride == 1 and self.kernel % 2 == 0):
            message = f"conv_transpose2d with stride {self.stride} cannot have the kernel {self.kernel}"
            raise SpaceError("E602", message, hint="take a kernel of at least the stride; with stride 1 an odd one")
        channels = s.axes[0] if self.width is None else self.width
        return image(channels, self.stride * s.axes[1], self.stride * s.axes[2])

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        out, extra = self.shape(s).axes[0], self.kernel - self.stride
        padding, missing = (extra + 1) // 2, extra % 2
        return nn.ConvTranspose2d(s.axes[0], out, self.kernel, self.stride, padding, missing, bias=self.bias)
