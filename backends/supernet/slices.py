"""Which part of a shared tensor a step uses: slices of elastic axes, and the weights of a mixture on them.

A product of sizes is a row-major grid, a sum is segments in written order, anything else is a prefix; kernels are cropped
around their centre. In a mixture the weights act on the axis that is consumed (`in`) and on kernels; the produced axis
(`out`) is computed at the largest size in use.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import attrs
import torch
from torch import Tensor, nn

from backends.supernet.expressions import Expression, Number, Op, Real, evaluate, leaves
from backends.supernet.mixed import scaled
from backends.supernet.state import State

Role = Literal["in", "out", "kernel", "plain"]
_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


@attrs.frozen(eq=False)
class Slice:
    """A shared tensor of a module with elastic axes; `roles` say what each axis is to its layer."""

    module: nn.Module
    name: str
    tensor: Tensor
    axes: tuple[Expression, ...]
    roles: tuple[Role, ...]
    buffer: bool

    @property
    def paths(self) -> tuple[str, ...]:
        """The decisions that change the slice."""
        return tuple(dict.fromkeys(path for e in self.axes for path in leaves(e)))

    def put(self, tensor: Tensor) -> None:
        """Put a tensor in the place of the shared one."""
        place = self.module._buffers if self.buffer else self.module._parameters
        place[self.name] = tensor  # type: ignore[assignment]

    def key(self, state: State) -> object:
        """Return what makes two slices of one tensor equal in the current setting: tied tensors stay one."""
        kernels = tuple(r == "kernel" for r in self.roles)
        if not state.mixing:
            return id(self.tensor), self.axes, kernels
        roles = tuple(r if state.relaxed(e) else "" for r, e in zip(self.roles, self.axes, strict=True))
        return id(self.tensor), self.axes, roles, kernels


def roles_of(module: nn.Module, name: str, axes: Sequence[Expression], whole: bool) -> tuple[Role, ...]:
    """Return the role of each axis of a module's tensor; `whole`: the layer is mixed as a whole, on its own slices."""
    kernels: tuple[Role, ...] = tuple("kernel" for _ in axes[2:])
    if whole:
        kernel: Role = "kernel" if isinstance(module, _CONVOLUTIONS) and name == "weight" else "plain"
        return tuple("plain" if axis < 2 else kernel for axis in range(len(axes)))
    if isinstance(module, nn.modules.linear.NonDynamicallyQuantizableLinear):
        return tuple("plain" for _ in axes)
    if isinstance(module, _CONVOLUTIONS) and name == "weight":
        consumed: Role = "in" if type(module.groups) is int and module.groups == 1 else "plain"
        return ("out", consumed, *kernels)
    if isinstance(module, _TRANSPOSED) and name == "weight":
        return ("in", "out", *kernels)
    if isinstance(module, (nn.Linear, nn.RNNBase, nn.RNNCellBase)) and name.startswith("weight"):
        return ("out", "in")
    if isinstance(module, nn.Bilinear) and name == "weight":
        return ("out", "in", "in")
    return tuple("plain" for _ in axes)


def positions(e: Expression, values: Mapping[str, Real], size: Callable[[Expression], int]) -> Tensor:
    """Return the positions int64 `[n]` of a candidate on an axis; `size` gives the stored size of an expression.

    >>> from backends.supernet.expressions import Leaf
    >>> two_by_three = Op("mul", Leaf("heads"), Leaf("size"))
    >>> positions(two_by_three, {"heads": 2, "size": 2}, lambda e: 3).tolist()
    [0, 1, 3, 4]
    """
    count = evaluate(e, values)
    if isinstance(e, Op) and e.name == "mul" and isinstance(count, int):
        rows, columns = positions(e.left, values, size), positions(e.right, values, size)
        return (rows[:, None] * size(e.right) + columns[None]).reshape(-1)
    if isinstance(e, Op) and e.name == "add" and isinstance(count, int):
        return torch.cat([positions(e.left, values, size), size(e.left) + positions(e.right, values, size)])
    return torch.arange(int(count))


def used(e: Expression, state: State) -> Tensor | None:
    """Return the positions on the shared axis that the setting uses, or None for a prefix of the computed size."""
    if not isinstance(e, Op):
        return None

    def largest(part: Expression) -> int:
        return int(state.largest(part))

    parts = [positions(e, values, largest) for values in state.in_use(leaves(e))]
    found = parts[0] if len(parts) == 1 else torch.unique(torch.cat(parts))
    if len(found) != state.size(e) or int(found[-1]) == len(found) - 1:
        return None
    return found


def take(part: Slice, state: State) -> Tensor:
    """Return the shared tensor restricted to the current setting and weighted where it is a mixture."""
    tensor = part.tensor
    for axis, (e, role) in enumerate(zip(part.axes, part.roles, strict=True)):
        if not isinstance(e, Number):
            tensor = _cut(tensor, axis, e, role, state)
    if not state.mixing:
        return tensor
    for axis, (e, role) in enumerate(zip(part.axes, part.roles, strict=True)):
        if role == "in" and state.relaxed(e):
            tensor = _weigh(tensor, (axis,), (e,), state, _prefix)
    for axes in _kernels(part, state):
        tensor = _weigh(tensor, axes, tuple(part.axes[a] for a in axes), state, _centre)
    return tensor


def _cut(tensor: Tensor, axis: int, e: Expression, role: Role, state: State) -> Tensor:
    size, stored = state.size(e), tensor.shape[axis]
    if role == "kernel":
        return tensor if size == stored else tensor.narrow(axis, (stored - size) // 2, size)
    found = used(e, state)
    if found is not None:
        return tensor.index_select(axis, found.to(tensor.device))
    return tensor if size == stored else tensor.narrow(axis, 0, size)


def _kernels(part: Slice, state: State) -> list[tuple[int, ...]]:
    """Group the mixed kernel axes that share decisions: their weights act jointly."""
    groups: list[tuple[set[str], list[int]]] = []
    for axis, (e, role) in enumerate(zip(part.axes, part.roles, strict=True)):
        paths = set(state.relaxed(e))
        if role != "kernel" or not paths:
            continue
        joined = [g for g in groups if g[0] & paths]
        groups = [g for g in groups if not g[0] & paths]
        groups.append((paths.union(*(g[0] for g in joined)), [a for g in joined for a in g[1]] + [axis]))
    return [tuple(axes) for _, axes in groups]


_Mark = Callable[[Expression, Mapping[str, Real], int, State], Tensor]


def _prefix(e: Expression, values: Mapping[str, Real], stored: int, state: State) -> Tensor:
    mark = torch.zeros(stored, dtype=torch.bool)
    mark[positions(e, values, state.size)] = True
    return mark


def _centre(e: Expression, values: Mapping[str, Real], stored: int, state: State) -> Tensor:
    size = int(evaluate(e, values))
    mark = torch.zeros(stored, dtype=torch.bool)
    mark[(stored - size) // 2 : (stored - size) // 2 + size] = True
    return mark


def _weigh(tensor: Tensor, axes: Sequence[int], parts: Sequence[Expression], state: State, mark: _Mark) -> Tensor:
    """Multiply a tensor by the sum over the options of weight times the 0/1 mask of what the option uses."""
    paths = tuple(dict.fromkeys(itertools.chain.from_iterable(state.relaxed(e) for e in parts)))
    combinations = list(state.combinations(paths))
    if len(combinations) == 1:
        return scaled(tensor, combinations[0][1])
    masks = []
    for values, _ in combinations:
        mask = torch.ones((), dtype=torch.bool)
        for axis, e in zip(axes, parts, strict=True):
            shape = [tensor.shape[axis] if a == axis else 1 for a in range(tensor.dim())]
            mask = mask & mark(e, values, tensor.shape[axis], state).view(shape)
        masks.append(mask)
    stacked = torch.stack(masks).to(device=tensor.device, dtype=tensor.dtype)
    return tensor * torch.einsum("k,k...->...", torch.stack([w for _, w in combinations]), stacked)
