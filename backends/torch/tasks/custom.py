"""`Task`: a task made in a program from data loaders and a loss, `sym.search(Net, task=Task(loader, loss=...))`.

from backends.torch.tasks import Task
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from backends.errors import BackendError
from backends.torch.tasks.arguments import optional_text, text, whole
from backends.torch.tasks.defaults import CLASSIFICATION, REGRESSION, TRAIN
from symbolic.search.calls import read
from symbolic.shapes import Shape, features
from symbolic.task import TaskFacts

if TYPE_CHECKING:
    from torch import Tensor

    from backends.torch.data import Splits
    from backends.torch.goals import Goal

Measure: TypeAlias = "Callable[[Tensor, Tensor], object]"
DIRECTIONS = ("maximize", "minimize")


def _metrics(task: Any, attribute: Any, value: Any) -> None:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) and name for name in value):
        raise BackendError(f"Task: metrics is {value!r}; it is a dict, name -> function (outputs, targets) -> number")
    for name, measure in value.items():
        function, direction = measure if isinstance(measure, tuple) else (measure, "maximize")
        if not callable(function) or direction not in DIRECTIONS:
            raise BackendError(
                f"Task: the metric {name!r} is {measure!r}; it is a function (outputs, targets) -> number, or with its "
                f'direction: (function, "minimize")'
            )


@attrs.frozen(slots=False)
class Task:
    """Data and a loss of the user's own; `backends.torch.tasks.Task`.

    `train` gives the training data: a `DataLoader` or any other iterable of batches `(inputs, targets)`, a `Dataset` of
    examples, or a pair of tensors. `validation` and `test` are the same, or a share of the training data to hold back; `test`
    may be None. Each is read once, into memory, with seeded generators: random transforms are applied once (augmentation
    belongs into the `train` record), and an endless loader never ends.

    `loss`: `"cross_entropy"` of class numbers, `"mse"`, or a function `(outputs, targets) -> scalar tensor`. `metrics`: name ->
    function `(outputs, targets) -> number` (maximised), or `(function, "minimize")`; the first one is the objective where a
    space states none. `input`, `classes` and `vocabulary` are read off the data where left out. `defaults` replace those of
    the `train` record. `name` and `seed` are part of a study's identity, data and functions are not: give other data another
    name.

    `source`, `"module::function"`, names a function without arguments that returns this task. Worker processes and `symspace
    resume` call it; without one, the task travels to workers as it is, and only `sym.search` with the same task resumes.
    """

    train: Any = attrs.field(default=None, eq=False)
    validation: Any = attrs.field(default=0.2, eq=False)
    test: Any = attrs.field(default=0.2, eq=False)
    loss: Any = attrs.field(default="cross_entropy", eq=False)
    metrics: Mapping[str, Measure | tuple[Measure, str]] = attrs.field(factory=dict, eq=False, validator=_metrics)
    input: Shape | None = attrs.field(default=None, eq=False)
    classes: int | None = attrs.field(default=None, eq=False)
    vocabulary: int | None = attrs.field(default=None, eq=False)
    defaults: Mapping[str, Any] = attrs.field(factory=dict, eq=False)
    name: str = attrs.field(default="custom", validator=text)
    seed: int = attrs.field(default=0, validator=whole)
    source: str | None = attrs.field(default=None, validator=optional_text)

    def __attrs_post_init__(self) -> None:
        if self.train is None and self.source is None:
            raise BackendError(
                "Task needs training data, or the source that makes it; a study whose task was made in a program goes on by "
                'sym.search with that task, or give it a source: Task(..., source="module::function")'
            )

    def __getstate__(self) -> dict[str, Any]:
        """What travels to a worker: the source alone where there is one, never what was read."""
        fields = {f.name: getattr(self, f.name) for f in attrs.fields(type(self))}
        if self.source is not None:
            fields |= {"train": None, "validation": 0.2, "test": 0.2, "loss": "cross_entropy", "metrics": {}, "defaults": {}}
        return fields

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state)

    @property
    def facts(self) -> TaskFacts:
        """What a space needs to know; reads the data where `input` or `classes` is left out."""
        return self._made.facts if self.train is None else self._facts

    def load(self) -> Splits:
        """Return the data as tensors; positions are counted through train, validation and test."""
        return self._made.load() if self.train is None else self._splits

    @cached_property
    def _made(self) -> Task:
        """The task that the source makes."""
        import importlib

        assert self.source is not None, "checked when the task was made"
        module, _, function = read(self.source).name.partition("::")
        try:
            made = getattr(importlib.import_module(module), function)()
        except (ImportError, AttributeError) as e:
            raise BackendError(f"Task: the source {self.source!r} cannot be imported: {e}") from e
        if not isinstance(made, Task) or made.train is None:
            raise BackendError(f"Task: the source {self.source!r} gives {type(made).__name__}, not a Task with data")
        return made

    @cached_property
    def _facts(self) -> TaskFacts:
        from backends.torch.goals import Classification, Regression
        from backends.torch.tasks.loaders import inner, values_of

        goal = self._splits.goal
        shape, values = values_of(self._splits.train, self.input, self.vocabulary, goal)
        output = None
        match inner(goal):
            case Classification(classes):
                named: Mapping[str, bool] = CLASSIFICATION
                output = features(classes)
            case Regression():
                named = REGRESSION
            case _:
                named = {"loss": False, **{m: up for m, up in CLASSIFICATION.items() if m not in ("accuracy", "loss")}}
        own = {name: not isinstance(m, tuple) or m[1] == "maximize" for name, m in self.metrics.items()}
        return TaskFacts(self.name, shape, values, {**own, **named}, {**TRAIN, **self.defaults}, output)

    @cached_property
    def _splits(self) -> Splits:
        from backends.torch.tasks.loaders import splits_of

        return splits_of(self.train, self.validation, self.test, self.seed, self._goal_of)

    def _goal_of(self, targets: Tensor) -> Goal:
        """The goal that the loss and the metrics are, given the training targets."""
        from backends.torch.tasks.loaders import goal_of

        functions = {name: m[0] if isinstance(m, tuple) else m for name, m in self.metrics.items()}
        return goal_of(self.loss, functions, self.classes, targets)
