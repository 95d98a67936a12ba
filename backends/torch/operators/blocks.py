"""Small compositions that publications name as one operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.torch.operators.convolution import conv
from backends.torch.operators.joining import project
from backends.torch.operators.sizes import ceil_div, positive, unchanged
from symbolic.operators import expect, operator
from symbolic.shapes import Shape, image

if TYPE_CHECKING:
    from torch import nn


@operator("conv_bn")
class ConvBn:
    """Convolution without bias, then batch norm, no activation. Without a width the channels stay."""

    width: int | None = None
    kernel: int = 3
    stride: int = 1

    spatial = ("stride",)

    def shape(self, s: Shape) -> Shape:
        return _convolved("conv_bn", s, self.width, self.kernel, self.stride)

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        out = self.shape(s).axes[0]
        return nn.Sequential(conv(s, out, self.kernel, self.stride, 1, 1, False), nn.BatchNorm2d(out))


@operator("nor_conv")
class NorConv:
    """ReLU, convolution without bias, batch norm (NAS-Bench-201). Without a width the channels stay."""

    width: int | None = None
    kernel: int = 3
    stride: int = 1

    spatial = ("stride",)

    def shape(self, s: Shape) -> Shape:
        return _convolved("nor_conv", s, self.width, self.kernel, self.stride)

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        out = self.shape(s).axes[0]
        return nn.Sequential(nn.ReLU(), conv(s, out, self.kernel, self.stride, 1, 1, False), nn.BatchNorm2d(out))


@operator("resnet_basic")
class ResnetBasic:
    """Two times ReLU, 3x3 convolution, batch norm, plus a shortcut; no ReLU after the sum (NATS-Bench).

    The shortcut is the input; where the size changes an average pool of 2 and a 1x1 convolution, where only the channels
    change a 1x1 convolution with batch norm. Stride 1 or 2.
    """

    width: int | None = None
    stride: int = 1

    spatial = ("stride",)

    def shape(self, s: Shape) -> Shape:
        return _convolved("resnet_basic", s, self.width, 3, self.stride)

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        from backends.torch.layers import Residual

        out = self.shape(s)
        body = nn.Sequential(NorConv(self.width, 3, self.stride).build(s), NorConv(None, 3, 1).build(out))
        if self.stride > 1:
            pool = nn.AvgPool2d(self.stride, self.stride, ceil_mode=True, count_include_pad=False)
            shortcut: nn.Module | None = nn.Sequential(pool, nn.Conv2d(s.axes[0], out.axes[0], 1, bias=False))
        else:
            shortcut = None if unchanged(s, out) else project(s, out, 1)
        return Residual(body, shortcut)


@operator("bottleneck")
class Bottleneck:
    """1x1, 3x3 (with the stride) and 1x1 convolution of these widths, each with batch norm, a shortcut, ReLU after the sum."""

    reduce: int
    middle: int
    width: int
    stride: int = 1

    spatial = ("stride",)

    def shape(self, s: Shape) -> Shape:
        positive("bottleneck", reduce=self.reduce, middle=self.middle)
        return _convolved("bottleneck", s, self.width, 3, self.stride)

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        from backends.torch.layers import Residual

        out, inner = self.shape(s), image(self.reduce, *s.axes[1:])
        middle = ConvBn(self.middle, 3, self.stride)
        body = nn.Sequential(
            *(ConvBn(self.reduce, 1).build(s), nn.ReLU()),
            *(middle.build(inner), nn.ReLU()),
            ConvBn(self.width, 1).build(middle.shape(inner)),
        )
        return nn.Sequential(Residual(body, None if unchanged(s, out) else project(s, out, self.stride)), nn.ReLU())


@operator("mbconv")
class MbConv:
    """Inverted bottleneck: 1x1 to `expand` times the channels, depthwise, 1x1 to the width; plus the input where it fits."""

    width: int | None = None
    kernel: int = 3
    expand: int = 4
    stride: int = 1

    spatial = ("stride",)

    def shape(self, s: Shape) -> Shape:
        positive("mbconv", expand=self.expand)
        return _convolved("mbconv", s, self.width, self.kernel, self.stride)

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        from backends.torch.layers import Residual

        out = self.shape(s)
        hidden = s.axes[0] * self.expand
        inner = image(hidden, *s.axes[1:])
        depthwise = conv(inner, hidden, self.kernel, self.stride, hidden, 1, False)
        body = nn.Sequential(
            *(ConvBn(hidden, 1).build(s), nn.ReLU()),
            *(depthwise, nn.BatchNorm2d(hidden), nn.ReLU()),
            ConvBn(self.width if self.width is not None else s.axes[0], 1).build(image(hidden, *out.axes[1:])),
        )
        return Residual(body) if unchanged(s, out) else body


@operator("squeeze_excite")
class SqueezeExcite:
    """Weigh each channel by a small network of the channels' means; `reduction` divides its hidden width. Image, kept."""

    reduction: int = 4

    def shape(self, s: Shape) -> Shape:
        expect("squeeze_excite", s, "image")
        positive("squeeze_excite", reduction=self.reduction)
        positive("squeeze_excite with this reduction", hidden=s.axes[0] // self.reduction)
        return s

    def build(self, s: Shape) -> nn.Module:
        from backends.torch.layers import SqueezeExcite as Layer

        return Layer(s.axes[0], s.axes[0] // self.reduction)


def _convolved(name: str, s: Shape, width: int | None, kernel: int, stride: int) -> Shape:
    expect(name, s, "image")
    positive(name, width=width, kernel=kernel, stride=stride)
    channels = s.axes[0] if width is None else width
    return image(channels, ceil_div(s.axes[1], stride), ceil_div(s.axes[2], stride))
