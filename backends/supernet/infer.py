"""Sizes that no factory announced, such as one measured by running a part of the network: explained by what is known.

An axis whose size differs between candidates is taken for a known expression, or a multiple of one, if that agrees with
every standalone network looked at. The proof that follows decides whether it was right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from torch import Tensor, nn

from backends.supernet.expressions import Expression, Number, Op, Real, evaluate, leaves
from backends.supernet.numbers import number
from backends.supernet.parts import Slot
from backends.supernet.slices import Slice, roles_of
from backends.supernet.state import Setting
from backends.supernet.supernet import Supernet

_SIZES = ("in_features", "out_features", "in_channels", "out_channels", "num_features")
Shape = tuple[int, ...]


@attrs.frozen(eq=False)
class Observation:
    """A candidate, and the shapes of its standalone network by name, in order."""

    setting: Setting
    shapes: Mapping[str, Shape]


@attrs.define(eq=False)
class _Unlike:
    """A shared tensor whose size in candidates is not explained: the values of decisions and the shape it should have."""

    name: str
    module: nn.Module
    key: str
    tensor: Tensor
    buffer: bool
    seen: list[tuple[dict[str, Real], Shape]] = attrs.field(factory=list)


def explain(supernet: Supernet, observations: Sequence[Observation]) -> str | None:
    """Add slices for tensors of unexplained size; return why one cannot be explained, or None."""
    found: dict[tuple[int, str], _Unlike] = {}
    for observation in observations:
        supernet.set(observation.setting)
        for unlike in _tensors(supernet.network):
            shape = observation.shapes.get(unlike.name)
            if shape is not None and len(shape) == unlike.tensor.dim():
                kept = found.setdefault((id(unlike.module), unlike.key), unlike)
                kept.seen.append((dict(supernet.state.single), shape))
    known = list(dict.fromkeys(e for part in supernet.parts.slices for e in part.axes if not isinstance(e, Number)))
    sliced = {(id(part.module), part.name) for part in supernet.parts.slices}
    for place, unlike in found.items():
        if place not in sliced and any(shape != tuple(unlike.tensor.shape) for _, shape in unlike.seen):
            axes = [_axis(supernet, axis, unlike, known) for axis in range(unlike.tensor.dim())]
            if None in axes:
                sizes = sorted({shape[axes.index(None)] for _, shape in unlike.seen})
                return f"nothing explains the sizes {sizes} of axis {axes.index(None)} of `{unlike.name}`"
            _add(supernet, unlike, tuple(e for e in axes if e is not None))
    return None


def _tensors(network: nn.Module) -> list[_Unlike]:
    found = []
    for name, module in network.named_modules():
        for table, buffer in ((module._parameters, False), (module._buffers, True)):
            for key, tensor in table.items():
                if tensor is not None:
                    found.append(_Unlike(f"{name}.{key}" if name else key, module, key, tensor, buffer))
    return found


def _axis(supernet: Supernet, axis: int, unlike: _Unlike, known: Sequence[Expression]) -> Expression | None:
    """Return the expression that gives the size of an axis in every network seen."""
    size = int(unlike.tensor.shape[axis])
    if all(shape[axis] == size for _, shape in unlike.seen):
        return Number(size)
    for e in known:
        largest = int(supernet.state.largest(e))
        if size % largest:
            continue
        multiple = e if size == largest else Op("mul", e, Number(size // largest))
        if all(evaluate(multiple, values) == shape[axis] for values, shape in unlike.seen):
            return multiple
    return None


def _add(supernet: Supernet, unlike: _Unlike, axes: tuple[Expression, ...]) -> None:
    """Slice the tensor from now on, and let the sizes its layer keeps follow."""
    module, parts = unlike.module, supernet.parts
    name = next(n for n, m in supernet.modules.items() if m is module)
    parts.slices.append(
        Slice(module, unlike.key, unlike.tensor, axes, roles_of(module, unlike.key, axes, False), unlike.buffer)
    )
    for path in (path for e in axes for path in leaves(e)):
        parts.touch(path, name)
    for key in _SIZES:
        value: Any = module.__dict__.get(key)
        e = next((e for e in axes if not isinstance(e, Number) and supernet.state.largest(e) == value), None)
        if e is not None and not any(slot.module is module and slot.name == key for slot in parts.slots):
            parts.slots.append(Slot(module, key, number(e, supernet.state)))
