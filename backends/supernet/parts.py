"""What has to be rewritten before a step: found once, when a supernet is built."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import attrs
from torch import nn

from backends.supernet.expressions import Leaf, Number, leaves
from backends.supernet.mixed import Depth, Gate, Mixed, MixedCallable
from backends.supernet.norms import Dropouts, Whole, stand_in
from backends.supernet.numbers import elastic, fill
from backends.supernet.slices import Slice, roles_of
from backends.supernet.state import State
from backends.supernet.watch import axes_of

_TORCH = frozenset({"_modules", "_parameters", "_buffers"})


@attrs.frozen(eq=False)
class Slot:
    """An attribute of a module that holds elastic numbers."""

    module: nn.Module
    name: str
    template: Any

    @property
    def paths(self) -> frozenset[str]:
        """The decisions that change the attribute."""
        return frozenset(path for n in elastic(self.template) for path in leaves(n.expression))

    def write(self) -> None:
        """Put the step's numbers in place."""
        self.module.__dict__[self.name] = fill(self.template)


@attrs.frozen(eq=False)
class Called:
    """An attribute that holds a choice among callables, called in `forward`."""

    module: nn.Module
    name: str
    choice: MixedCallable

    def write(self) -> None:
        """Put the chosen callable in place, or the mixing one."""
        mixed = self.choice.state.weights(self.choice.path) is not None
        self.module.__dict__[self.name] = self.choice if mixed else self.choice.chosen()


@attrs.frozen(eq=False)
class Run:
    """The units of one repeat in a container, and the module that mixes their depths."""

    names: tuple[str, ...]
    units: tuple[nn.Module, ...]
    depth: Depth

    def current(self) -> list[tuple[str, nn.Module]]:
        """Return what stands in the container: the candidate's units, or the mixture of depths."""
        state, path = self.depth.state, self.depth.leaf.path
        units = [chosen(unit) for unit in self.units]
        if state.weights(path) is None:
            count = int(state.supported(path)[0])
            return list(zip(self.names[:count], units[:count], strict=True))
        self.depth.units._modules = OrderedDict((str(i), unit) for i, unit in enumerate(units))
        return [(self.names[0], self.depth)]


@attrs.frozen(eq=False)
class Container:
    """A module with choices or repeats among its children."""

    module: nn.Module
    children: tuple[tuple[str, nn.Module | None] | Run, ...]

    def write(self) -> None:
        """Put the step's children in place; lists and sequences are numbered afresh, as in the candidate."""
        found: list[tuple[str, nn.Module | None]] = []
        for child in self.children:
            if isinstance(child, Run):
                found += child.current()
            else:
                found.append((child[0], None if child[1] is None else chosen(child[1])))
        if isinstance(self.module, (nn.Sequential, nn.ModuleList)):
            found = [(str(i), module) for i, (_, module) in enumerate(found)]
        self.module._modules = OrderedDict(found)


def chosen(module: nn.Module) -> nn.Module:
    """Return what a choice stands for in the current setting: its option on a single path, else itself."""
    while isinstance(module, Mixed) and module.state.weights(module.path) is None:
        module = module.chosen()
    return module


def computed(network: nn.Module) -> set[nn.Module]:
    """Return the modules that the current setting computes: of choices the options in use, of depths the deepest in use."""
    found: set[nn.Module] = set()
    waiting: list[nn.Module] = [network]
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.add(module)
        if isinstance(module, Mixed):
            waiting += [module.options[code] for code in module.state.support(module.path)]
        elif isinstance(module, Depth):
            waiting += list(module.units)[: int(max(module.state.supported(module.leaf.path)))]
        else:
            waiting += [child for child in module._modules.values() if child is not None]
    return found


@attrs.define(eq=False)
class Parts:
    """Everything of a supernet that changes from step to step; `places`: names of the modules each decision touches."""

    containers: list[Container] = attrs.field(factory=list)
    called: list[Called] = attrs.field(factory=list)
    slots: list[Slot] = attrs.field(factory=list)
    slices: list[Slice] = attrs.field(factory=list)
    whole: list[Whole | Dropouts] = attrs.field(factory=list)
    recurrent: list[nn.RNNBase] = attrs.field(factory=list)
    places: dict[str, list[str]] = attrs.field(factory=dict)

    def touch(self, path: str, name: str) -> None:
        """Record that a decision changes a module."""
        names = self.places.setdefault(path, [])
        if name not in names:
            names.append(name)


def find(network: nn.Module, state: State) -> Parts:
    """Find the parts of a network that was built with elastic numbers and mixed modules."""
    parts = Parts(places={path: [] for path in state.options})
    for name, module in network.named_modules():
        attributes = _attributes(parts, name, module)
        instead = stand_in(module, attributes, state)
        if instead is not None:
            parts.whole.append(instead)
        _tensors(parts, name, module, state, isinstance(instead, Whole))
        if isinstance(module, Mixed):
            parts.touch(module.path, name)
        if isinstance(module, Gate):
            parts.touch(module.leaf.path, name)
        if any(isinstance(child, (Mixed, Gate)) for child in module._modules.values()):
            parts.containers.append(_container(module))
        if isinstance(module, nn.RNNBase):
            parts.recurrent.append(module)
    return parts


def _attributes(parts: Parts, name: str, module: nn.Module) -> dict[str, Any]:
    found = {}
    for key, value in module.__dict__.items():
        if key in _TORCH:
            continue
        if isinstance(value, MixedCallable):
            parts.called.append(Called(module, key, value))
            parts.touch(value.path, name)
        elif numbers := list(elastic(value)):
            found[key] = value
            parts.slots.append(Slot(module, key, value))
            for path in (path for n in numbers for path in leaves(n.expression)):
                parts.touch(path, name)
    return found


def _tensors(parts: Parts, name: str, module: nn.Module, state: State, whole: bool) -> None:
    for table, buffer in ((module._parameters, False), (module._buffers, True)):
        for key, tensor in table.items():
            axes = None if tensor is None else axes_of(tensor, state)
            if tensor is None or axes is None or all(isinstance(e, Number) for e in axes):
                continue
            part = Slice(module, key, tensor, axes, roles_of(module, key, axes, whole), buffer)
            parts.slices.append(part)
            for path in part.paths:
                parts.touch(path, name)


def _container(module: nn.Module) -> Container:
    children: list[tuple[str, nn.Module | None] | Run] = []
    gates: list[tuple[str, Gate]] = []
    for name, child in (*module._modules.items(), ("", None)):
        if gates and not (isinstance(child, Gate) and child.leaf == gates[-1][1].leaf and child.index > gates[-1][1].index):
            children.append(_run(gates))
            gates = []
        if isinstance(child, Gate):
            gates.append((name, child))
        elif name:
            children.append((name, child))
    return Container(module, tuple(children))


def _run(gates: Sequence[tuple[str, Gate]]) -> Run:
    units = [gate.unit for _, gate in gates]
    leaf: Leaf = gates[0][1].leaf
    return Run(tuple(name for name, _ in gates), tuple(units), Depth(gates[0][1].state, leaf, units))
