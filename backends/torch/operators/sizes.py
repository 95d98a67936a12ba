"""Arithmetic that the shape rules share: sizes after a window slides over an image, and checks of arguments.

Channels may be elastic numbers while a supernet is built: they are only computed with, never converted or hashed.
"""

from __future__ import annotations

from symbolic.errors import SpaceError
from symbolic.shapes import Shape


def ceil_div(size: int, stride: int) -> int:
    """Return the size after a `same` window of this stride.

    >>> ceil_div(7, 2)
    4
    """
    return -(-size // stride)


def window(name: str, s: Shape, kernel: int, stride: int, padding: int) -> tuple[int, ...]:
    """Return the spatial sizes after a window, rounded down. Raises E602 when it does not fit into the input."""
    places = s.axes[:1] if s.kind == "sequence" else s.axes[1:]
    sizes = tuple((size + 2 * padding - kernel) // stride + 1 for size in places)
    if any(size < 1 for size in sizes):
        raise SpaceError("E602", f"the window of {name}, {kernel} wide, does not fit into {s}")
    return sizes


def positive(name: str, **arguments: int | None) -> None:
    """Raise E602 unless every argument given is at least 1."""
    for argument, value in arguments.items():
        if value is not None and value < 1:
            raise SpaceError("E602", f"{name} needs {argument} to be at least 1, got {value}")


def divides(name: str, groups: int, s: Shape, channels: int, what: str) -> None:
    """Raise E602 unless the groups divide the channels."""
    if channels % groups != 0:
        raise SpaceError("E602", f"{name} cannot split {channels} {what} into {groups} groups (input: {s})")


def same_padding(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Return the zeros before and after an axis so that a window leaves `ceil(size / stride)` places, also for even kernels.

    >>> same_padding(8, 2, 2, 1), same_padding(8, 4, 1, 1)
    ((0, 0), (1, 2))
    """
    total = max(0, (ceil_div(size, stride) - 1) * stride + dilation * (kernel - 1) + 1 - size)
    return total // 2, total - total // 2


def unchanged(s: Shape, out: Shape) -> bool:
    """Return whether a shape is kept, where this decides what is built.

    Elastic numbers answer `==` where all candidates agree, and refuse otherwise: one network cannot hold both structures.
    """
    return (
        s.kind == out.kind and len(s.axes) == len(out.axes) and all(bool(a == b) for a, b in zip(s.axes, out.axes, strict=True))
    )


def stride_between(s: Shape, out: Shape) -> int:
    """Return the stride of a 1x1 convolution from one image size to another; 0 where there is none.

    >>> from symbolic.shapes import image
    >>> stride_between(image(3, 9, 8), image(8, 5, 4)), stride_between(image(3, 4, 4), image(3, 8, 8))
    (2, 0)
    """
    for stride in range(1, max(s.axes[1:]) + 1):
        if all(ceil_div(a, stride) == b for a, b in zip(s.axes[1:], out.axes[1:], strict=True)):
            return stride
    return 0
