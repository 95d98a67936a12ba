"""Pooling: windows that move by their own size unless told otherwise, and means or maxima over all places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.torch.operators.sizes import positive, window
from symbolic.operators import expect, operator
from symbolic.shapes import Shape, features, image, sequence

if TYPE_CHECKING:
    from torch import nn


@operator("max_pool")
class MaxPool:
    """Maximum of each window. Input: image (C, H, W) or sequence (L, F).

    The stride is the kernel unless given; windows that overlap are padded by (kernel - 1) // 2. Output: image (C, H', W')
    with H' = floor((H + 2 * padding - kernel) / stride) + 1, or sequence (L', F).
    """

    kernel: int = 2
    stride: int | None = None

    spatial = ("kernel", "stride")

    def shape(self, s: Shape) -> Shape:
        return _pooled("max_pool", s, self.kernel, self.stride)

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        from backends.torch.layers import ChannelsFirst

        window = _stride_padding(self.kernel, self.stride)
        if s.kind == "sequence":
            return ChannelsFirst(nn.MaxPool1d(self.kernel, *window))
        return nn.MaxPool2d(self.kernel, *window)


@operator("avg_pool")
class AvgPool:
    """Mean of each window, zeros of the padding not counted. Input: image or sequence; sizes as for `max_pool`."""

    kernel: int = 2
    stride: int | None = None

    spatial = ("kernel", "stride")

    def shape(self, s: Shape) -> Shape:
        return _pooled("avg_pool", s, self.kernel, self.stride)

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        from backends.torch.layers import ChannelsFirst

        window = _stride_padding(self.kernel, self.stride)
        if s.kind == "sequence":
            return ChannelsFirst(nn.AvgPool1d(self.kernel, *window, count_include_pad=False))
        return nn.AvgPool2d(self.kernel, *window, count_include_pad=False)


@operator("global_avg_pool")
class GlobalAvgPool:
    """Mean over all places. Input: image (C, H, W) or sequence (L, F). Output: features (C) or (F)."""

    def shape(self, s: Shape) -> Shape:
        expect("global_avg_pool", s, "image", "sequence")
        return features(s.axes[0] if s.kind == "image" else s.axes[1])

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        from backends.torch.layers import ChannelsFirst

        if s.kind == "image":
            return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(1))
        return nn.Sequential(ChannelsFirst(nn.AdaptiveAvgPool1d(1)), nn.Flatten(1))


@operator("global_max_pool")
class GlobalMaxPool:
    """Maximum over all places. Input: image (C, H, W) or sequence (L, F). Output: features (C) or (F)."""

    def shape(self, s: Shape) -> Shape:
        expect("global_max_pool", s, "image", "sequence")
        return features(s.axes[0] if s.kind == "image" else s.axes[1])

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        from backends.torch.layers import ChannelsFirst

        if s.kind == "image":
            return nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten(1))
        return nn.Sequential(ChannelsFirst(nn.AdaptiveMaxPool1d(1)), nn.Flatten(1))


@operator("adaptive_avg_pool")
class AdaptiveAvgPool:
    """Bring an image to `size` x `size`, or a sequence to `size` places, by means of equal windows."""

    size: int = 1

    spatial = ("size",)

    def shape(self, s: Shape) -> Shape:
        return _adapted("adaptive_avg_pool", s, self.size)

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        from backends.torch.layers import ChannelsFirst

        if s.kind == "sequence":
            return ChannelsFirst(nn.AdaptiveAvgPool1d(self.size))
        return nn.AdaptiveAvgPool2d(self.size)


@operator("adaptive_max_pool")
class AdaptiveMaxPool:
    """Bring an image to `size` x `size`, or a sequence to `size` places, by the maxima of equal windows."""

    size: int = 1

    spatial = ("size",)

    def shape(self, s: Shape) -> Shape:
        return _adapted("adaptive_max_pool", s, self.size)

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        from backends.torch.layers import ChannelsFirst

        if s.kind == "sequence":
            return ChannelsFirst(nn.AdaptiveMaxPool1d(self.size))
        return nn.AdaptiveMaxPool2d(self.size)


def _stride_padding(kernel: int, stride: int | None) -> tuple[int, int]:
    """Return stride and padding of a window."""
    step = kernel if stride is None else stride
    return step, (kernel - 1) // 2 if step < kernel else 0


def _pooled(name: str, s: Shape, kernel: int, stride: int | None) -> Shape:
    expect(name, s, "image", "sequence")
    positive(name, kernel=kernel, stride=stride)
    step, padding = _stride_padding(kernel, stride)
    sizes = window(name, s, kernel, step, padding)
    return image(s.axes[0], *sizes) if s.kind == "image" else sequence(sizes[0], s.axes[1])


def _adapted(name: str, s: Shape, size: int) -> Shape:
    expect(name, s, "image", "sequence")
    positive(name, size=size)
    return image(s.axes[0], size, size) if s.kind == "image" else sequence(size, s.axes[1])
