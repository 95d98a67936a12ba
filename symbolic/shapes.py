"""Shapes that thread through a network: a kind and its axes, which may be elastic numbers in a supernet."""

from __future__ import annotations

from typing import Literal

import attrs

from symbolic.errors import SpaceError, Span

Kind = Literal["image", "sequence", "features", "tokens"]
AXES: dict[Kind, tuple[str, ...]] = {
    "image": ("channels", "height", "width"),
    "sequence": ("length", "features"),
    "features": ("features",),
    "tokens": ("length",),
}


class ShapeError(SpaceError):
    """E602 with its place: shapes do not fit at one operator of a space, the one at `path`."""

    def __init__(self, code: str, message: str, span: Span | None = None, hint: str | None = None, *, path: str = "") -> None:
        super().__init__(code, message, span, hint)
        self.path = path


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


def sequence(length: int, width: int) -> Shape:
    """Return the shape of a sequence of vectors."""
    return Shape("sequence", (length, width))


def tokens(length: int) -> Shape:
    """Return the shape of a sequence of token numbers."""
    return Shape("tokens", (length,))


def same_axis(a: int, b: int) -> bool:
    """Return whether two axes are the same: equal ints, or elastic numbers that agree for every candidate.

    >>> same_axis(8, 8), same_axis(8, 16)
    (True, False)
    """
    if a is b:
        return True
    difference = a - b  # of elastic numbers: a plain int exactly where all candidates agree
    return type(difference) is int and difference == 0


def same_shape(a: Shape, b: Shape) -> bool:
    """Return whether two shapes have one kind and the same axes."""
    return a.kind == b.kind and len(a.axes) == len(b.axes) and all(map(same_axis, a.axes, b.axes))
