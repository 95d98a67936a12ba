"""Layers that are not linear in an elastic axis: in a mixture they run once per option, on its own channels.

Each is a callable that stands in for the layer's `forward` while one of its sizes is mixed. Outputs are padded with zeros to
the computed size and summed with the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
import torch
from torch import Tensor, nn
from torch.nn import functional

from backends.supernet.expressions import Expression, Number, Op, Real, evaluate, leaves
from backends.supernet.numbers import expression
from backends.supernet.refusal import Refusal
from backends.supernet.slices import positions
from backends.supernet.state import State


@attrs.frozen(eq=False)
class Whole:
    """A layer that is mixed as a whole: `run(whole, input, values)` computes one option, `sizes` are its elastic sizes."""

    module: Any
    state: State
    sizes: Mapping[str, Expression]
    run: Callable[[Whole, Tensor, Mapping[str, Real]], Tensor]

    @property
    def paths(self) -> tuple[str, ...]:
        """The decisions that change the layer."""
        return tuple(dict.fromkeys(path for e in self.sizes.values() for path in leaves(e)))

    def __call__(self, x: Tensor) -> Tensor:
        """Return the weighted sum of the options in use."""
        mixed = [path for path in self.paths if self.state.weights(path) is not None]
        parts = [w * self.run(self, x, values) for values, w in self.state.combinations(mixed)]
        return torch.stack(parts).sum(0) if len(parts) > 1 else parts[0]

    def part(self, tensor: Tensor | None, axis: int, e: Expression, values: Mapping[str, Real]) -> Tensor:
        """Return the part of a tensor that one option uses on an axis."""
        assert tensor is not None
        if isinstance(e, Number):
            return tensor
        found = positions(e, values, self.state.size)
        return tensor if len(found) == tensor.shape[axis] else tensor.index_select(axis, found.to(tensor.device))

    def spread(self, tensor: Tensor, axis: int, e: Expression, values: Mapping[str, Real]) -> Tensor:
        """Return a tensor of the computed size on an axis with one option's part in its place and zeros elsewhere."""
        size = self.state.size(e)
        if tensor.shape[axis] == size:
            return tensor
        shape = [size if a == axis % tensor.dim() else n for a, n in enumerate(tensor.shape)]
        found = positions(e, values, self.state.size).to(tensor.device)
        return tensor.new_zeros(shape).index_copy(axis, found, tensor)


def _optional(whole: Whole, name: str, e: Expression, values: Mapping[str, Real]) -> Tensor | None:
    tensor = getattr(whole.module, name, None)
    return None if tensor is None else whole.part(tensor, 0, e, values)


def _layer_norm(whole: Whole, x: Tensor, values: Mapping[str, Real]) -> Tensor:
    e = whole.sizes["normalized_shape"]
    part = whole.part(x, -1, e, values)
    weight, bias = _optional(whole, "weight", e, values), _optional(whole, "bias", e, values)
    return whole.spread(functional.layer_norm(part, part.shape[-1:], weight, bias, whole.module.eps), -1, e, values)


def _rms_norm(whole: Whole, x: Tensor, values: Mapping[str, Real]) -> Tensor:
    e = whole.sizes["normalized_shape"]
    part = whole.part(x, -1, e, values)
    weight = _optional(whole, "weight", e, values)
    return whole.spread(functional.rms_norm(part, part.shape[-1:], weight, whole.module.eps), -1, e, values)


def _group_norm(whole: Whole, x: Tensor, values: Mapping[str, Real]) -> Tensor:
    e, groups = whole.sizes["num_channels"], int(evaluate(whole.sizes["num_groups"], values))
    weight, bias = _optional(whole, "weight", e, values), _optional(whole, "bias", e, values)
    normed = functional.group_norm(whole.part(x, 1, e, values), groups, weight, bias, whole.module.eps)
    return whole.spread(normed, 1, e, values)


def _grouped_conv2d(whole: Whole, x: Tensor, values: Mapping[str, Real]) -> Tensor:
    module, sizes = whole.module, whole.sizes
    per_group = Op("floordiv", sizes["in_channels"], sizes["groups"])
    weight = whole.part(module.weight, 0, sizes["out_channels"], values)
    weight = weight[:, : int(evaluate(per_group, values))]
    bias = _optional(whole, "bias", sizes["out_channels"], values)
    groups = int(evaluate(sizes["groups"], values))
    part = whole.part(x, 1, sizes["in_channels"], values)
    y = functional.conv2d(part, weight, bias, module.stride, module.padding, module.dilation, groups)
    return whole.spread(y, 1, sizes["out_channels"], values)


@attrs.frozen(eq=False)
class Dropouts:
    """Dropout whose rate is mixed: one noise field for all rates, `x * sum_k w_k [u >= p_k] / (1 - p_k)`."""

    module: nn.Dropout
    state: State
    rate: Expression

    @property
    def paths(self) -> tuple[str, ...]:
        """The decisions that change the rate."""
        return leaves(self.rate)

    def __call__(self, x: Tensor) -> Tensor:
        """Drop elements at every rate in use."""
        if not self.module.training:
            return x
        noise = torch.rand_like(x)
        factor = torch.zeros_like(x)
        for values, w in self.state.combinations(self.state.relaxed(self.rate)):
            rate = float(evaluate(self.rate, values))
            factor = factor + w * (noise >= rate).to(x.dtype) / (1 - rate)
        return x * factor


def stand_in(module: nn.Module, elastic: Mapping[str, Any], state: State) -> Whole | Dropouts | None:
    """Return what runs in place of a layer while its sizes are mixed, or None where slices are enough.

    `elastic` are the attributes of the module that hold elastic numbers. Raises `Refusal` for a norm over two elastic axes.
    """
    if isinstance(module, nn.Dropout) and "p" in elastic:
        return Dropouts(module, state, expression(elastic["p"]))
    if isinstance(module, (nn.LayerNorm, nn.RMSNorm)) and "normalized_shape" in elastic:
        shape = elastic["normalized_shape"]
        if len(shape) > 1:
            paths = [path for size in shape for path in leaves(expression(size))]
            raise Refusal(
                f"{type(module).__name__} over several axes with a decision in them", remedy="normalise one axis", paths=paths
            )
        run = _layer_norm if isinstance(module, nn.LayerNorm) else _rms_norm
        return Whole(module, state, {"normalized_shape": expression(shape[0])}, run)
    if isinstance(module, nn.GroupNorm) and elastic.keys() & {"num_channels", "num_groups"}:
        return Whole(module, state, dict(_sizes(module, elastic, "num_channels", "num_groups")), _group_norm)
    if isinstance(module, nn.Conv2d) and elastic.keys() & {"in_channels", "out_channels", "groups"}:
        sizes = dict(_sizes(module, elastic, "in_channels", "out_channels", "groups"))
        if sizes["groups"] != Number(1) and not _constant_groups(sizes, state):
            return Whole(module, state, sizes, _grouped_conv2d)
    return None


def _sizes(module: nn.Module, elastic: Mapping[str, Any], *names: str) -> Iterator[tuple[str, Expression]]:
    for name in names:
        yield name, expression(elastic.get(name, getattr(module, name)))


def _constant_groups(sizes: Mapping[str, Expression], state: State) -> bool:
    """Channels per group do not vary and groups follow the channels: depthwise and its kin, whose slices are prefixes."""
    if isinstance(sizes["groups"], Number):
        return False
    for name in ("in_channels", "out_channels"):
        ratio = Op("floordiv", sizes[name], sizes["groups"])
        if len({evaluate(ratio, values) for values in _all(ratio, state)}) > 1:
            return False
    return True


def _all(e: Expression, state: State) -> Iterator[dict[str, Real]]:
    from backends.supernet.expressions import assignments

    return assignments(leaves(e), state.options)
