"""Weights that two layers share: the later one names the earlier, `linear(classes, weight: words)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from symbolic.errors import SpaceError
from symbolic.operators import Weights
from symbolic.shapes import same_axis

if TYPE_CHECKING:
    from torch import nn

M = TypeVar("M", bound="nn.Module")


def fits(name: str, weight: Weights | None, wanted: tuple[int, ...]) -> None:
    """Raise E602 unless the weight named, if any, has the shape that the layer needs."""
    if weight is None:
        return
    if len(weight.shape) != len(wanted) or not all(map(same_axis, weight.shape, wanted)):
        given, needed = (f"({', '.join(map(str, shape))})" for shape in (weight.shape, wanted))
        raise SpaceError("E602", f"{name} needs a weight of shape {needed}, the one it shares has {given}")


def shared(layer: M, weight: Weights | None) -> M:
    """Return the layer, its weight replaced by the one it shares, if any."""
    if weight is not None:
        layer.weight = weight.parameter()
    return layer
