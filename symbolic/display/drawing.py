"""Drawing spaces and candidates: which file does what is decided here."""

from __future__ import annotations

from symbolic import registry
from symbolic.building.roles import has_call, is_layer
from symbolic.candidate import Candidate
from symbolic.display import nested, network
from symbolic.display.figures import Branches, Figure, Frame
from symbolic.display.graph import Graph
from symbolic.display.sketch import Sketch
from symbolic.display.space_view import counted
from symbolic.display.svg import Drawing
from symbolic.display.words import columns, size_text
from symbolic.errors import SymspaceError
from symbolic.space import Space
from symbolic.table.instances import Instance
from symbolic.task import TaskFacts


class DrawingError(SymspaceError):
    """There is nothing to draw."""


def draw_candidate(candidate: Candidate, facts: TaskFacts | None = None) -> Drawing:
    """Return the drawing of a candidate's network; see `Candidate.draw`."""
    graph: Graph = registry.get("backends", "train")().graph(candidate, facts)
    return network.draw(graph, candidate.space.name)


def draw_space(space: Space) -> Drawing:
    """Return the drawing of a space's network with its choices; see `Space.draw`."""
    table = space.lower()
    entries = {key: x for key, x in table.root.fields.items() if is_layer(x) or (has_call(x) and key != "train")}
    if not entries:
        names = ", ".join(space.entries)
        raise DrawingError(f"the space {space.name!r} has no network to draw: its entries are values ({names})")
    sketch = Sketch(table)
    told = f"{counted(len(columns(table)), 'decision')}, {size_text(space.size())}"
    return nested.draw(_figure(sketch, entries), space.name, told)


def _figure(sketch: Sketch, entries: dict[str, Instance]) -> Figure:
    if len(entries) == 1:
        return sketch.figure(next(iter(entries.values())))
    return Branches(tuple(("", Frame(key, sketch.figure(x))) for key, x in entries.items()))
