"""A network built and run on PyTorch's meta device: everything but the numbers, in milliseconds."""

from __future__ import annotations

import torch
from torch import nn

from backends.torch.cost import CostError, parameters
from symbolic.building.build import build
from symbolic.building.values import Values
from symbolic.points import Point
from symbolic.space import Space
from symbolic.task import TaskFacts


def rehearse(space: Space, point: Point, facts: TaskFacts) -> int:
    """Build all entries of a candidate, run its network on two examples, and return how many parameters it has.

    Raises `CostError` for a network that does not run, or does not give what the task takes, `SpaceError` for what cannot be
    built.
    """
    with torch.device("meta"):
        built = build(space, Values(space.lower(), point), facts)
    modules = {key: value for key, value in built.items() if isinstance(value, nn.Module)}
    net = modules.get("model") or (next(iter(modules.values())) if len(modules) == 1 else None)
    if net is None:
        raise CostError(f"a task needs one network, called model; the space {space.name!r} builds {len(modules)}")
    dtype = torch.int64 if facts.input.kind == "tokens" else torch.get_default_dtype()
    try:
        with torch.no_grad():
            out = net.to("meta").eval()(torch.zeros(2, *facts.input.axes, dtype=dtype, device="meta"))
    except Exception as e:
        raise CostError(f"the network does not run behind {facts.input}: {type(e).__name__}: {e}") from e
    if facts.output is not None and tuple(out.shape[1:]) != facts.output.axes:
        raise CostError(f"the network gives {tuple(out.shape[1:])} and the task {facts.name!r} takes {facts.output}")
    return parameters(net)
