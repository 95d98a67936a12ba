"""Short drawings: a layer without weights is drawn in the box of the one layer that feeds it, if that feeds nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import attrs

from backends.torch.graph.trace import Step
from symbolic.display.graph import Box, Graph


def condense(steps: Sequence[Step], params: int = 0) -> Graph:
    """Return the graph of some steps, each of which is fed by earlier ones, of a network with so many parameters."""
    feeds = Counter(source for step in steps for source in step.sources)
    at: list[int] = []  # step -> its box
    boxes: list[Box] = []
    edges: list[tuple[int, int]] = []
    for step in steps:
        alone = len(step.sources) == 1 and feeds[step.sources[0]] == 1
        if step.light and alone and boxes[at[step.sources[0]]].role not in ("end", "join"):
            place = at[step.sources[0]]
            boxes[place] = _longer(boxes[place], step.box)
        else:
            place = len(boxes)
            boxes.append(step.box)
            edges += dict.fromkeys((at[source], place) for source in step.sources)
        at.append(place)
    return Graph(tuple(boxes), tuple(edges), params)


def _longer(box: Box, added: Box) -> Box:
    return attrs.evolve(box, lines=box.lines + added.lines, shape=added.shape, params=box.params + added.params)
