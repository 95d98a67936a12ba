"""Other shapes of the same values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from backends.torch.operators.sizes import positive
from symbolic.errors import SpaceError
from symbolic.operators import expect, operator
from symbolic.shapes import Shape, features, image, same_axis, sequence

if TYPE_CHECKING:
    from torch import nn


@operator("flatten")
class Flatten:
    """All axes in one, channels outermost. Input: image, sequence or features. Output: features."""

    def shape(self, s: Shape) -> Shape:
        expect("flatten", s, "image", "sequence", "features")
        return features(math.prod(s.axes[1:], start=s.axes[0]))

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.Flatten(1)


@operator("reshape")
class Reshape:
    """The same values in order: `reshape(8, 4, 4)` gives an image (C, H, W), `reshape(10, 6)` a sequence (L, F).

    `reshape(60)` gives features.
    """

    first: int
    second: int | None = None
    third: int | None = None

    spatial = ("second", "third")

    def shape(self, s: Shape) -> Shape:
        expect("reshape", s, "image", "sequence", "features")
        axes = self._axes()
        positive("reshape", first=self.first, second=self.second, third=self.third)
        given, wanted = (math.prod(a[1:], start=a[0]) for a in (s.axes, axes))
        if not same_axis(given, wanted):
            shown = " * ".join(map(str, axes))
            raise SpaceError("E602", f"reshape cannot make {given} values {shown} = {wanted} (input: {s})")
        match axes:
            case (size,):
                return features(size)
            case (length, width):
                return sequence(length, width)
            case _:
                return image(*axes)

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return (
            nn.Unflatten(1, self._axes())
            if s.kind == "features"
            else nn.Sequential(nn.Flatten(1), nn.Unflatten(1, self._axes()))
        )

    def _axes(self) -> tuple[int, ...]:
        if self.second is None and self.third is not None:
            raise SpaceError("E602", "reshape has a third axis and no second one")
        return tuple(n for n in (self.first, self.second, self.third) if n is not None)


@operator("to_sequence")
class ToSequence:
    """An image (C, H, W) as the sequence (H * W, C) of its places, row by row."""

    def shape(self, s: Shape) -> Shape:
        expect("to_sequence", s, "image")
        return sequence(s.axes[1] * s.axes[2], s.axes[0])

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        from backends.torch.layers import PlacesFirst

        return PlacesFirst(nn.Identity())
