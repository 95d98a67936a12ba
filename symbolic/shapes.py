"""Shapes that thread through a network: a kind and its axes, which may be elastic numbers in a supernet."""

from __future__ import annotations

from typing import Literal

import attrs

Kind = Literal["image", "sequence", "features", "tokens"]
AXES: dict[Kind, tuple[str, ...]] = {
    "image": ("channels", "height", "width"),
    "sequence": ("length", "features"),
    "features": ("features",),
    "tokens": ("length",),
}


@attrs.frozen
class Shape:
    """The shape of one example, without the batch axis.

    `axes` are ints, or elastic numbers while a supernet is built; spatial axes and lengths are always plain ints.
    """

    kind: Kind
    axes: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.kind} ({', '.join(map(str, self.axes))})"


def image(channels: int, height: int, width: int) -> Shape:
    """Return the shape of an image."""
    return Shape("image", (channels, height, width))


def features(count: int) -> Shape:
    """Return the shape of a flat feature vector."""
    return Shape("features", (count,))
