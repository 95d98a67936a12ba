"""What a candidate builds for the trainer: one network and its recipe; what is known of it before it is trained."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import torch
from torch import nn

from backends.errors import ShapeError, TrainError
from backends.executors.outcomes import kind_of, speaks_of_shapes
from backends.torch.cost import flops, parameters
from backends.torch.data import Splits
from backends.torch.record import ENTRY, Recipe, read_record
from symbolic.building.build import build
from symbolic.building.roles import has_call
from symbolic.building.values import Values
from symbolic.points import Point
from symbolic.python.forward import no_questions
from symbolic.shapes import Shape
from symbolic.space import Space
from symbolic.task import TaskFacts

MODEL = "model"


@attrs.frozen(eq=False)
class Built:
    """A candidate as the trainer sees it."""

    network: nn.Module
    recipe: Recipe


def construct(space: Space, point: Point, facts: TaskFacts, fidelity: Mapping[str, float]) -> Built:
    """Build a candidate's network and read its recipe.

    The network is the entry `model`, or the only entry that is a module. Raises `TrainError` where there is none, or the
    record is wrong, and `SpaceError` E602 where shapes do not fit.
    """
    built = build(space, Values(space.lower(), point), facts, fidelity=fidelity)
    record = built.pop(ENTRY, None)
    if record is not None and not isinstance(record, Mapping):
        raise TrainError(f"the entry 'train' is {record!r}; it must be a record: train {{ lr: 1e-4..1e-1 log }}")
    networks = {key: value for key, value in built.items() if isinstance(value, nn.Module)}
    if MODEL in networks:
        networks = {MODEL: networks[MODEL]}
    if len(networks) != 1:
        raise TrainError(_which(space, list(networks)))
    (network,) = networks.values()
    return Built(network, read_record(record, facts.train))


def check_network(space: Space) -> None:
    """Raise `TrainError` where the space has no entry that can be a network. Builds nothing."""
    entries = space.lower().root.fields
    if not any(has_call(value) for key, value in entries.items() if key != ENTRY):
        raise TrainError(_which(space, []))


def count(built: Built, shape: Shape, with_flops: bool) -> dict[str, float]:
    """Return the metrics that need no training: `params`, and `flops` of one example where wanted."""
    known = {"params": float(parameters(built.network))}
    return known | {"flops": float(flops(built.network, shape))} if with_flops else known


def try_out(built: Built, data: Splits) -> None:
    """Run the network on two examples, changing nothing. Raises `ShapeError` where it does not fit the data.

    Raises `SpaceError` E706 where the network asks for a choice while it runs.
    """
    inputs, targets = data.train.inputs[:2], data.train.targets[:2]
    built.network.eval()
    with torch.no_grad(), no_questions():
        try:
            outputs = built.network(inputs)
        except (RuntimeError, ValueError) as e:
            if kind_of(e) == "memory" or not speaks_of_shapes(e):
                raise
            raise ShapeError(f"the network does not run on inputs of shape {list(inputs.shape)}: {e}") from e
        data.goal.check(outputs, targets)


def _which(space: Space, found: list[str]) -> str:
    if not found:
        return f"the space {space.name!r} builds no network (its entries: {', '.join(space.entries)}); add an entry `model`"
    return f"the space {space.name!r} builds {len(found)} networks ({', '.join(found)}); call the one to train `model`"
