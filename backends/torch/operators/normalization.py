"""Normalisations: they keep the shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.torch.operators.sizes import divides, positive
from symbolic.operators import expect, operator
from symbolic.shapes import Shape

if TYPE_CHECKING:
    from torch import nn


@operator("batch_norm")
class BatchNorm:
    """Normalise each channel or feature over the batch. Input: image, features or sequence (each feature over all places)."""

    affine: bool = True

    def shape(self, s: Shape) -> Shape:
        expect("batch_norm", s, "image", "features", "sequence")
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        from backends.torch.layers import ChannelsFirst

        match s.kind:
            case "image":
                return nn.BatchNorm2d(s.axes[0], affine=self.affine)
            case "sequence":
                return ChannelsFirst(nn.BatchNorm1d(s.axes[1], affine=self.affine))
            case _:
                return nn.BatchNorm1d(s.axes[0], affine=self.affine)


@operator("layer_norm")
class LayerNorm:
    """Normalise each example: features and places of a sequence over their features, images over channels and places."""

    affine: bool = True

    def shape(self, s: Shape) -> Shape:
        expect("layer_norm", s, "image", "features", "sequence")
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        if s.kind == "image":
            return nn.GroupNorm(1, s.axes[0], affine=self.affine)
        return nn.LayerNorm(s.axes[-1], elementwise_affine=self.affine)


@operator("group_norm")
class GroupNorm:
    """Normalise each group of channels of each example. Input: image or features; the groups divide the channels."""

    groups: int = 8
    affine: bool = True

    def shape(self, s: Shape) -> Shape:
        expect("group_norm", s, "image", "features")
        positive("group_norm", groups=self.groups)
        divides("group_norm", self.groups, s, s.axes[0], "channels")
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.GroupNorm(self.groups, s.axes[0], affine=self.affine)


@operator("instance_norm")
class InstanceNorm:
    """Normalise each channel of each example over its places. Input: image."""

    affine: bool = True

    def shape(self, s: Shape) -> Shape:
        expect("instance_norm", s, "image")
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.InstanceNorm2d(s.axes[0], affine=self.affine)


@operator("rms_norm")
class RmsNorm:
    """Divide by the root mean square over the features. Input: features or sequence."""

    def shape(self, s: Shape) -> Shape:
        expect("rms_norm", s, "features", "sequence")
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.RMSNorm(s.axes[-1])
