"""What a network costs, without training it: parameters and multiply-adds, counted on PyTorch's meta device."""

from __future__ import annotations

import copy

import attrs
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from symbolic.building.build import build
from symbolic.building.values import Values
from symbolic.errors import SymspaceError
from symbolic.points import Point
from symbolic.shapes import Shape
from symbolic.space import Space
from symbolic.task import TaskFacts


class CostError(SymspaceError):
    """A cost that cannot be told: the space builds no network, or the network does not run on the meta device."""


def parameters(module: nn.Module) -> int:
    """Return the number of parameters, tied ones once."""
    return sum(p.numel() for p in module.parameters())


def flops(module: nn.Module, shape: Shape) -> int:
    """Return the multiply-adds of one example: those of convolutions, linear maps and attention, plus their biases.

    This is what publications call FLOPs. The module runs once on the meta device, in eval mode: a copy of it, unless it is
    there already. Raises `CostError` where it cannot.
    """
    there = all(t.is_meta for t in (*module.parameters(), *module.buffers()))
    probe = module if there else copy.deepcopy(module).to("meta")
    modes = {layer: layer.training for layer in probe.modules()}
    biases = [0]

    def count(layer: nn.Module, args: object, out: object) -> None:
        if getattr(layer, "bias", None) is not None and isinstance(out, torch.Tensor):
            biases[0] += out.numel()

    hooks = []
    for layer in modes:
        if isinstance(layer, (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.modules.conv._ConvTransposeNd)):
            hooks.append(layer.register_forward_hook(count))
    dtype = torch.int64 if shape.kind == "tokens" else torch.get_default_dtype()
    try:
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            probe.eval()(torch.zeros(1, *shape.axes, dtype=dtype, device="meta"))
    except Exception as e:
        raise CostError(f"FLOPs cannot be counted: on the meta device the network fails with {type(e).__name__}: {e}") from e
    finally:
        for hook in hooks:
            hook.remove()
        for layer, training in modes.items():
            layer.training = training
    return int(counter.get_total_flops()) // 2 + biases[0]


def network(space: Space, point: Point, facts: TaskFacts | None = None) -> nn.Module:
    """Build a candidate's network on the meta device: the entry `model`, or the only entry that is a module.

    Raises `CostError` when there is none, `SpaceError` E602 when it cannot be built.
    """
    entries = ["model"] if "model" in space.entries else None
    with torch.device("meta"):
        built = build(space, Values(space.lower(), point), facts, entries=entries)
    modules = [m for m in built.values() if isinstance(m, nn.Module)]
    if len(modules) != 1:
        raise CostError(f"params(model) needs one network; the space {space.name!r} builds {len(modules)} modules")
    return modules[0]


@attrs.frozen(eq=False)
class Parameters:
    """The number of parameters of a candidate's network as an analytic metric; remembers what it has counted.

    Floats take their default: no number of parameters depends on them.
    """

    space: Space
    facts: TaskFacts | None = None
    _known: dict[bytes, float] = attrs.field(factory=dict, init=False, repr=False)

    def actual(self, codes: NDArray[np.int32]) -> float:
        """Return the parameters of a candidate, codes `[column]`. Raises E602 for one that cannot be built."""
        key = codes.tobytes()
        if key not in self._known:
            self._known[key] = float(parameters(network(self.space, point_of(self.space, codes), self.facts)))
        return self._known[key]

    def expected(self, weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Refuse: the expected cost of a mixture needs the cost tables of a later version."""
        raise CostError("the expected number of parameters of a mixture is not supported yet; only that of a candidate is")


@attrs.frozen(eq=False)
class Flops:
    """The multiply-adds of a candidate's network on one example as an analytic metric; as `Parameters`, but 10 ms each."""

    space: Space
    facts: TaskFacts
    _known: dict[bytes, float] = attrs.field(factory=dict, init=False, repr=False)

    def actual(self, codes: NDArray[np.int32]) -> float:
        """Return the multiply-adds of a candidate, codes `[column]`. Raises E602, or `CostError` where it does not run."""
        key = codes.tobytes()
        if key not in self._known:
            built = network(self.space, point_of(self.space, codes), self.facts)
            self._known[key] = float(flops(built, self.facts.input))
        return self._known[key]

    def expected(self, weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Refuse: the expected cost of a mixture needs the cost tables of a later version."""
        raise CostError("the expected FLOPs of a mixture are not supported yet; only those of a candidate are")


def point_of(space: Space, codes: NDArray[np.int32]) -> Point:
    """Return the candidate of some codes `[column]`, active floats at their default."""
    table = space.lower()
    real = np.zeros(table.n_floats)
    for column in np.flatnonzero(table.float_column >= 0):
        if codes[column] >= 0:
            real[table.float_column[column]] = _finite(float(table.default[column]), float(table.low[column]))
    return Point(np.asarray(codes, np.int32), real)


def _finite(value: float, otherwise: float) -> float:
    return value if np.isfinite(value) else otherwise
