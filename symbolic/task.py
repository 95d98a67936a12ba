"""What a space needs to know of a task: the input's shape, named facts, the metrics it reports. No data here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import attrs

from symbolic.shapes import Shape

FACTS = ("classes", "channels", "length", "vocabulary", "features")


@attrs.frozen
class TaskFacts:
    """The torch-free face of a task.

    `values` holds the facts of `FACTS` that apply (`{"classes": 10}`); `metrics` maps each metric the task reports to
    whether larger is better; `train` gives the default of every key of the `train` record; `output` is the shape that the
    task's loss takes, None where only the loss itself can say.
    """

    name: str
    input: Shape
    values: Mapping[str, int] = attrs.field(factory=dict)
    metrics: Mapping[str, bool] = attrs.field(factory=dict)
    train: Mapping[str, Any] = attrs.field(factory=dict)
    output: Shape | None = None


class Task(Protocol):
    """A task as registered in `symspace.tasks`: facts at once, data only when a backend opens it."""

    @property
    def facts(self) -> TaskFacts: ...
    def load(self) -> Any: ...  # backends.torch.tasks.Splits: train, validation and test tensors, disjoint
