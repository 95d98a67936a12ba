"""Convolutions. All pad so that the output has `ceil(size / stride)` places ("same")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.torch.operators.sharing import fits, shared
from backends.torch.operators.sizes import ceil_div, divides, positive, same_padding
from symbolic.operators import Weights, expect, operator
from symbolic.shapes import Shape, image, sequence

if TYPE_CHECKING:
    from torch import nn


@operator("conv2d")
class Conv2d:
    """2-d convolution, `same` padding.

    Input: image (C, H, W). Output: image (width, ceil(H / stride), ceil(W / stride)); without a width the channels stay.
    Odd kernels are padded by kernel // 2 on every side, even ones by what is missing. `weight` shares that of an earlier layer.
    """

    width: int | None = None
    kernel: int = 3
    stride: int = 1
    groups: int = 1
    dilation: int = 1
    bias: bool = True
    weight: Weights | None = None

    spatial = ("stride", "dilation")

    def shape(self, s: Shape) -> Shape:
        expect("conv2d", s, "image")
        positive("conv2d", width=self.width, kernel=self.kernel, stride=self.stride, dilation=self.dilation)
        channels, height, width = s.axes
        out = channels if self.width is None else self.width
        if self.groups != 1:
            divides("conv2d", self.groups, s, channels, "input channels")
            divides("conv2d", self.groups, s, out, "output channels")
        if self.weight is not None:
            fits("conv2d", self.weight, self.weight_shape(s))
        return image(out, ceil_div(height, self.stride), ceil_div(width, self.stride))

    def weight_shape(self, s: Shape) -> tuple[int, ...]:
        out = s.axes[0] if self.width is None else self.width
        return (out, s.axes[0] // self.groups, self.kernel, self.kernel)

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        out = self.shape(s).axes[0]
        made = conv(s, out, self.kernel, self.stride, self.groups, self.dilation, self.bias)
        if self.weight is not None:
            shared(next(m for m in made.modules() if isinstance(m, nn.Conv2d)), self.weight)
        return made


@operator("depthwise_conv2d")
class DepthwiseConv2d:
    """Convolution of each channel (or each `base` channels) on its own, `same` padding, without bias.

    Input: image (C, H, W). Output: image (C, ceil(H / stride), ceil(W / stride)).
    """

    kernel: int = 3
    stride: int = 1
    dilation: int = 1
    base: int = 1
    bias: bool = False

    spatial = ("stride", "dilation")

    def shape(self, s: Shape) -> Shape:
        expect("depthwise_conv2d", s, "image")
        positive("depthwise_conv2d", kernel=self.kernel, stride=self.stride, dilation=self.dilation, base=self.base)
        channels, height, width = s.axes
        if self.base != 1:
            divides("depthwise_conv2d", self.base, s, channels, "channels")
        return image(channels, ceil_div(height, self.stride), ceil_div(width, self.stride))

    def build(self, s: Shape) -> nn.Module:
        channels = s.axes[0]
        return conv(s, channels, self.kernel, self.stride, channels // self.base, self.dilation, self.bias)


@operator("sep_conv2d")
class SepConv2d:
    """Separable convolution: depthwise, then 1x1, both without bias.

    Input: image (C, H, W). Output: image (width, ceil(H / stride), ceil(W / stride)); without a width the channels stay.
    """

    width: int | None = None
    kernel: int = 3
    stride: int = 1

    spatial = ("stride",)

    def shape(self, s: Shape) -> Shape:
        expect("sep_conv2d", s, "image")
        positive("sep_conv2d", width=self.width, kernel=self.kernel, stride=self.stride)
        channels, height, width = s.axes
        out = channels if self.width is None else self.width
        return image(out, ceil_div(height, self.stride), ceil_div(width, self.stride))

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        out = self.shape(s)
        depthwise = conv(s, s.axes[0], self.kernel, self.stride, s.axes[0], 1, False)
        return nn.Sequential(depthwise, nn.Conv2d(s.axes[0], out.axes[0], 1, bias=False))


@operator("dil_conv2d")
class DilConv2d:
    """Dilated separable convolution: depthwise with dilation, then 1x1, both without bias.

    Input: image (C, H, W). Output: image (width, ceil(H / stride), ceil(W / stride)); without a width the channels stay.
    """

    width: int | None = None
    kernel: int = 3
    stride: int = 1
    dilation: int = 2

    spatial = ("stride", "dilation")

    def shape(self, s: Shape) -> Shape:
        expect("dil_conv2d", s, "image")
        positive("dil_conv2d", width=self.width, kernel=self.kernel, stride=self.stride, dilation=self.dilation)
        channels, height, width = s.axes
        out = channels if self.width is None else self.width
        return image(out, ceil_div(height, self.stride), ceil_div(width, self.stride))

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        out = self.shape(s)
        depthwise = conv(s, s.axes[0], self.kernel, self.stride, s.axes[0], self.dilation, False)
        return nn.Sequential(depthwise, nn.Conv2d(s.axes[0], out.axes[0], 1, bias=False))


@operator("conv1d")
class Conv1d:
    """1-d convolution along a sequence, `same` padding.

    Input: sequence (L, F). Output: sequence (ceil(L / stride), width); without a width the features stay.
    """

    width: int | None = None
    kernel: int = 3
    stride: int = 1
    groups: int = 1
    dilation: int = 1
    bias: bool = True

    spatial = ("stride", "dilation")

    def shape(self, s: Shape) -> Shape:
        expect("conv1d", s, "sequence")
        positive("conv1d", width=self.width, kernel=self.kernel, stride=self.stride, dilation=self.dilation)
        length, channels = s.axes
        out = channels if self.width is None else self.width
        if self.groups != 1:
            divides("conv1d", self.groups, s, channels, "input features")
            divides("conv1d", self.groups, s, out, "output features")
        return sequence(ceil_div(length, self.stride), out)

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        from backends.torch.layers import ChannelsFirst

        length, channels = s.axes
        out, k, d = self.shape(s).axes[1], self.kernel, self.dilation
        if k % 2 == 1:
            made: nn.Module = nn.Conv1d(channels, out, k, self.stride, k // 2 * d, d, self.groups, self.bias)
        else:
            pad = nn.ConstantPad1d(same_padding(length, k, self.stride, d), 0.0)
            made = nn.Sequential(pad, nn.Conv1d(channels, out, k, self.stride, 0, d, self.groups, self.bias))
        return ChannelsFirst(made)


def conv(s: Shape, out: int, kernel: int, stride: int, groups: int, dilation: int, bias: bool) -> nn.Module:
    """Build a `same` 2-d convolution of an image: one plain layer, with a padding layer before it for an even kernel."""
    from torch import nn

    channels, height, width = s.axes
    if kernel % 2 == 1:
        return nn.Conv2d(channels, out, kernel, stride, kernel // 2 * dilation, dilation, groups, bias)
    rows, columns = (same_padding(size, kernel, stride, dilation) for size in (height, width))
    made = nn.Conv2d(channels, out, kernel, stride, 0, dilation, groups, bias)
    return nn.Sequential(nn.ZeroPad2d((*columns, *rows)), made) if any((*rows, *columns)) else made
