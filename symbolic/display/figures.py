"""Figures: a network with its choices still open, as boxes that stand below, beside and inside each other."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from symbolic.display.graph import Graph


@attrs.frozen
class Leaf:
    """A layer, or a choice of plain ones: the first line is its title. `open_`: something of it is still to be decided."""

    lines: tuple[str, ...]
    open_: bool = False


@attrs.frozen
class Series:
    """Figures one after the other."""

    parts: tuple[Figure, ...]


@attrs.frozen
class Branches:
    """Figures side by side, each under a label: options of a choice, or ways that are joined again.

    An empty series is a way on which nothing happens.
    """

    parts: tuple[tuple[str, Figure], ...]


@attrs.frozen
class Frame:
    """A figure inside a frame with a title; `open_`: a decision (drawn dashed), else a layer that holds others."""

    title: str
    inner: Figure
    open_: bool = False


@attrs.frozen
class Web:
    """A graph that is no series of branches: the nodes and edges of a `dag`."""

    graph: Graph


Figure: TypeAlias = "Leaf | Series | Branches | Frame | Web"
NOTHING = Series(())
