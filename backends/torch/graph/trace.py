"""From a built network to its graph: it runs once, and what flows from which layer into which is written down.

Layers of PyTorch are one box each; what a network's own `forward` does with tensors (`+`, `torch.cat`) is a box too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from backends.torch.graph.words import function_name, layer_words
from symbolic.display.graph import Box

CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
WEIGHTS = ("conv", "linear", "embedding", "lstm", "gru", "rnn", "attention", "transformer", "bilinear")


@attrs.frozen
class Step:
    """A box and the steps that feed it. `light`: it may be drawn in the box before it."""

    box: Box
    sources: tuple[int, ...]
    light: bool = False


@attrs.define
class Recorder(TorchFunctionMode):
    """Writes down steps while a network runs. `inside`: how many layers deep; what happens inside one is its own affair."""

    steps: list[Step] = attrs.field(factory=list)
    made_by: dict[int, int] = attrs.field(factory=dict)
    alive: list[torch.Tensor] = attrs.field(factory=list)
    counted: set[int] = attrs.field(factory=set)
    inside: int = 0

    def __attrs_pre_init__(self) -> None:
        super().__init__()

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Call a function of PyTorch; outside of layers it is a step."""
        given = dict(kwargs or {})
        sources = [] if self.inside else self._sources((args, given))
        out = func(*args, **given)
        if not sources or not any(True for _ in tensors(out)):
            return out
        if func.__name__ == "__get__":  # an attribute: x.T, x.data
            self._note(out, sources[0])
            return out
        constants = [a for a in args if isinstance(a, int | float) and not isinstance(a, bool)]
        name = function_name(func.__name__, constants if len(sources) == 1 else [])
        joins = len(sources) > 1
        box = Box((name,), "join" if joins else "plain", shape_of(out))
        self.add(Step(box, tuple(sources), light=not joins), out)
        return out

    def add(self, step: Step, out: object) -> None:
        """Append a step that made the tensors of `out`."""
        self.steps.append(step)
        self._note(out, len(self.steps) - 1)

    def enter(self, *_: object) -> None:
        """A layer begins."""
        self.inside += 1

    def leave(self, module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any], out: object) -> None:
        """A layer ended."""
        self.inside -= 1
        if self.inside or isinstance(module, nn.Identity):
            return
        kind = type(module).__name__.lower()
        heavy = any(word in kind for word in WEIGHTS)
        box = Box((layer_words(module),), "weights" if heavy else "plain", shape_of(out), self._count(module))
        box = attrs.evolve(box, place=getattr(module, PLACE, ""))
        light = not heavy and "pool" not in kind and "upsample" not in kind
        self.add(Step(box, tuple(self._sources((args, dict(kwargs)))), light), out)

    def finish(self, out: object) -> None:
        """The network gave its output."""
        self.steps.append(Step(Box(("output",), "end", shape_of(out)), tuple(self._sources(out))))

    def _note(self, out: object, step: int) -> None:
        for tensor in tensors(out):
            self.made_by[id(tensor)] = step
            self.alive.append(tensor)  # a tensor that is gone may lend its id to another

    def _sources(self, values: object) -> list[int]:
        """The steps that made the tensors among some values, each once."""
        found = (self.made_by.get(id(tensor)) for tensor in tensors(values))
        return list(dict.fromkeys(step for step in found if step is not None))

    def _count(self, module: nn.Module) -> int:
        new = {id(p): p.numel() for p in module.parameters() if id(p) not in self.counted}
        self.counted |= set(new)
        return sum(new.values())


PLACE = "_symspace_place"


def record(network: nn.Module, example: torch.Tensor) -> list[Step]:
    """Run a network once, in evaluation mode, and return its steps, input and output included. The network is used up."""
    recorder = Recorder()
    for place, module in leaves(network):
        object.__setattr__(module, PLACE, place)
        module.register_forward_pre_hook(recorder.enter)
        module.register_forward_hook(recorder.leave, with_kwargs=True)
    network.eval()
    recorder.add(Step(Box(("input",), "end", shape_of(example)), ()), example)
    with torch.no_grad(), recorder:
        out = network(example)
    recorder.finish(out)
    return recorder.steps


def leaves(module: nn.Module, place: str = "") -> Iterator[tuple[str, nn.Module]]:
    """Yield the layers that are drawn as one box, each once: those of PyTorch, and modules without modules inside."""
    seen: set[int] = set()
    stack = [(place, module)]
    while stack:
        place, module = stack.pop()
        if id(module) in seen:
            continue
        seen.add(id(module))
        known = type(module).__module__.startswith("torch.nn.") and not isinstance(module, CONTAINERS)
        if known or not any(True for _ in module.children()):
            yield place, module
        else:
            stack.extend((f"{place}.{name}" if place else name, child) for name, child in module.named_children())


def tensors(value: object) -> Iterator[torch.Tensor]:
    """Yield the tensors in nested lists, tuples and dicts."""
    match value:
        case torch.Tensor():
            yield value
        case dict():
            for inner in value.values():
                yield from tensors(inner)
        case list() | tuple():
            for inner in value:
                yield from tensors(inner)
        case _:
            pass


def shape_of(value: object) -> tuple[int, ...] | None:
    """Return the shape of the first tensor of a value, without its first axis, which is the batch's."""
    first = next(tensors(value), None)
    return None if first is None else tuple(first.shape[1:])
