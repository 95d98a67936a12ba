"""What a drawing of a network shows: boxes of layers, and what flows between them."""

from __future__ import annotations

from typing import Literal

import attrs

Role = Literal["end", "weights", "plain", "join", "open"]
"""Input or output; layers with weights; layers without; where branches meet; what is still to be decided."""


@attrs.frozen
class Box:
    """One or more layers that follow each other, drawn as one.

    `lines`: a line a layer, the first is the title. `shape`: what leaves the box, without the batch axis. `params`: its own
    parameters, those of tied layers counted where they are met first. `place`: where it stands in the network.
    """

    lines: tuple[str, ...]
    role: Role = "plain"
    shape: tuple[int, ...] | None = None
    params: int = 0
    place: str = ""


@attrs.frozen
class Graph:
    """Boxes in the order in which they run, and edges between their positions, each from an earlier to a later box.

    `params`: all parameters of the network, those that no box has included.
    """

    boxes: tuple[Box, ...]
    edges: tuple[tuple[int, int], ...]
    params: int = 0


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape as it is drawn.

    >>> shape_text((16, 8, 8))
    '16 × 8 × 8'
    """
    return " × ".join(map(str, shape))
