"""The torch modules of networks that are no plain sequence: graphs of edges, and outputs that are read again further on."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


class Memory(nn.Module):
    """Where outputs wait while a network runs; empty before and after.

    A module, so that copies of a network have memories of their own.
    """

    def __init__(self) -> None:
        super().__init__()
        self.values: list[torch.Tensor] = []

    def put(self, value: torch.Tensor) -> None:
        """Add an output behind the others."""
        self.values = [*self.values, value]

    def clear(self) -> None:
        """Forget all outputs."""
        self.values = []

    def get(self, back: int) -> torch.Tensor:
        """Return the output put in `back` puts ago; the first one for more than there are."""
        return self.values[max(len(self.values) - back, 0)]


class Remember(nn.Module):
    """A layer whose output is put into a memory."""

    def __init__(self, layer: nn.Module, memory: Memory) -> None:
        super().__init__()
        self.layer = layer
        self.memory = memory

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.layer(x)
        self.memory.put(y)
        return y


class Recall(nn.Module):
    """What a memory holds, whatever the input is."""

    def __init__(self, memory: Memory, back: int) -> None:
        super().__init__()
        self.memory = memory
        self.back = back

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.memory.get(self.back)


class Begin(nn.Module):
    """Layers that remember: their memory holds the input alone when they begin, and nothing when they are done."""

    def __init__(self, layers: nn.Module, memory: Memory) -> None:
        super().__init__()
        self.layers = layers
        self.memory = memory

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.memory.clear()
        self.memory.put(x)
        y: torch.Tensor = self.layers(x)
        self.memory.clear()
        return y


class Forget(nn.Module):
    """A network whose memories are empty when it begins, and when it is done."""

    def __init__(self, network: nn.Module, memories: Sequence[Memory]) -> None:
        super().__init__()
        self.network = network
        self.memories = nn.ModuleList(memories)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self._clear()
        y: torch.Tensor = self.network(x)
        self._clear()
        return y

    def _clear(self) -> None:
        for memory in self.memories:
            assert isinstance(memory, Memory)
            memory.clear()


class Graph(nn.Module):
    """Nodes that each add up what their edges make of nodes before them; `entries` bring the inputs into shape.

    `sources`: for each node the places its edges come from, the inputs first. `earlier`: layers that give the inputs beside
    the one it is called with. `output`: the last node, or the `sum`, `mean` or `concat` (along `axis`) of all nodes.
    """

    def __init__(
        self,
        entries: Sequence[nn.Module],
        nodes: Sequence[Sequence[nn.Module]],
        sources: Sequence[Sequence[int]],
        output: str,
        axis: int,
        earlier: Sequence[nn.Module] = (),
    ) -> None:
        super().__init__()
        self.earlier = nn.ModuleList(earlier)
        self.entries = nn.ModuleList(entries)
        self.nodes = nn.ModuleList(nn.ModuleList(edges) for edges in nodes)
        self.sources = tuple(tuple(places) for places in sources)
        self.output = output
        self.axis = axis

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inputs = [*(layer(x) for layer in self.earlier), x]
        values: list[torch.Tensor] = [entry(value) for entry, value in zip(self.entries, inputs, strict=True)]
        first = len(values)
        for edges, places in zip(self.nodes, self.sources, strict=True):
            first_edge, *rest = (edge(values[k]) for edge, k in zip(edges, places, strict=True))  # type: ignore[call-overload]
            values.append(sum(rest, start=first_edge))
        if self.output == "last":
            return values[-1]
        if self.output == "concat":
            return torch.cat(values[first:], self.axis)
        summed = torch.stack(values[first:]).sum(0)
        return summed / (len(values) - first) if self.output == "mean" else summed


class Join(nn.Module):
    """The input and another output, which `fit` brings into shape, added (`axis` None) or side by side along an axis."""

    def __init__(self, other: nn.Module, fit: nn.Module | None, axis: int | None) -> None:
        super().__init__()
        self.other = other
        self.fit = fit
        self.axis = axis

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.other(x)
        if self.fit is not None:
            y = self.fit(y)
        return x + y if self.axis is None else torch.cat([y, x], self.axis)


class Fit(nn.Module):
    """An output brought to a shape without weights: means over equal windows where it is larger, zeros for new channels."""

    def __init__(self, places: Sequence[int], channels: int) -> None:
        super().__init__()
        self.places = tuple(places)
        self.channels = channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if len(self.places) == 2 and tuple(x.shape[2:]) != self.places:
            x = nn.functional.adaptive_avg_pool2d(x, self.places)
        if len(self.places) == 1 and x.shape[1] != self.places[0]:
            x = nn.functional.adaptive_avg_pool1d(x.transpose(1, 2), self.places[0]).transpose(1, 2)
        if len(self.places) == 2:
            return nn.functional.pad(x, (0, 0, 0, 0, 0, self.channels))
        return nn.functional.pad(x, (0, self.channels))
