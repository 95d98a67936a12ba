"""Reading a user's data loaders into memory, and what can be told of a task from its data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import Dataset

from backends.errors import BackendError
from backends.isolation import Isolation
from backends.torch.data import Index, Split, Splits
from backends.torch.goals import Classification, Custom, Goal, Measured, Regression
from backends.torch.splitting import followed, stratified
from backends.torch.tasks.checks import class_numbers, finite
from backends.torch.tasks.parts import divided
from symbolic.shapes import Shape, features, image, sequence, tokens

Pair = tuple[Tensor, Tensor]


def splits_of(train: Any, validation: Any, test: Any, seed: int, goal_of: Callable[[Tensor], Goal]) -> Splits:
    """Read the data of a task; `validation` and `test` are data, or a share of the training data, `test` also None."""
    first = pair_of(train, "train")
    goal = goal_of(first[1])
    shares = {"validation": validation, "test": 0.0 if test is None else test}
    given: dict[str, Pair] = {}
    drawn = dict.fromkeys(shares, 0.0)
    for part, data in shares.items():
        if isinstance(data, int | float):
            if not 0.0 <= data < 0.5 or (part == "validation" and data == 0):
                raise BackendError(f"Task: {part} is {data!r}; it is data, or a share of the training data between 0 and 0.5")
            drawn[part] = float(data)
        else:
            given[part] = pair_of(data, part)
            if isinstance(of := inner(goal), Classification):
                class_numbers("Task", f"{part} (targets)", given[part][1].numpy(), of.classes)
    labels = first[1].numpy() if isinstance(inner(goal), Classification) else np.zeros(len(first[1]))
    parts: list[Index] = list(stratified(labels, drawn["validation"], drawn["test"], seed))
    pairs = [first, *given.values()]
    for part, span in zip(given, followed([len(x) for x, _ in pairs])[1:], strict=True):
        parts[1 if part == "validation" else 2] = span
    try:
        inputs, targets = (torch.cat([pair[i] for pair in pairs]) for i in (0, 1))
    except RuntimeError as e:
        raise BackendError(f"Task: training, validation and test data have unlike shapes: {e}") from e
    return divided(inputs, targets, parts, goal)


def pair_of(data: Any, name: str) -> Pair:
    """Return inputs and targets `[example, ...]` of a loader, a dataset or a pair of tensors.

    Raises `BackendError` for anything else, and for examples of unlike shapes.
    """
    if isinstance(data, tuple) and len(data) == 2 and all(isinstance(part, Tensor | np.ndarray) for part in data):
        inputs, targets = (_tensor(part) for part in data)
    else:
        with Isolation().seeded(0):
            batches = list(_batches(data, name))
        if not batches:
            raise BackendError(f"Task: {name} gives no examples")
        try:
            inputs, targets = (torch.cat([batch[i] for batch in batches]) for i in (0, 1))
        except RuntimeError as e:
            raise BackendError(f"Task: the batches of {name} have unlike shapes: {e}; cut or pad them to one") from e
    if len(inputs) != len(targets) or not len(inputs):
        raise BackendError(f"Task: {name} has {len(inputs)} inputs and {len(targets)} targets")
    finite("Task", f"{name} (inputs)", inputs.numpy())
    finite("Task", f"{name} (targets)", targets.numpy())
    return inputs, targets


def _batches(data: Any, name: str) -> Iterator[Pair]:
    """Yield the batches of a loader; those of a dataset are single examples."""
    single = isinstance(data, Dataset)
    if single and hasattr(data, "__len__"):
        items: Iterable[Any] = (data[i] for i in range(len(data)))
    elif isinstance(data, Iterable):
        items = data
    else:
        raise BackendError(
            f"Task: {name} is {type(data).__name__}; it is a DataLoader or another iterable of batches (inputs, targets), a "
            f"Dataset of examples, or a pair of tensors"
        )
    for item in items:
        if not isinstance(item, tuple | list) or len(item) != 2:
            raise BackendError(f"Task: {name} gives {type(item).__name__}, not (inputs, targets)")
        inputs, targets = (_tensor(part) for part in item)
        yield (inputs[None], targets[None]) if single else (inputs, targets)


def _tensor(part: Any) -> Tensor:
    """Return numbers as a tensor in memory; floats in single precision, integers and truth values as int64."""
    try:
        found = torch.as_tensor(part).detach().cpu()
    except (TypeError, ValueError, RuntimeError) as e:
        raise BackendError(f"Task: {type(part).__name__} cannot be made a tensor: {e}") from e
    if found.is_complex():
        raise BackendError("Task: complex numbers are neither inputs nor targets here; give their parts")
    return found.float() if found.is_floating_point() else found.long()


def goal_of(loss: Any, metrics: Mapping[str, Callable[[Tensor, Tensor], object]], classes: int | None, targets: Tensor) -> Goal:
    """Return the goal of a loss given by name or as a function, with the user's metrics beside its own."""
    if loss in ("cross_entropy", functional.cross_entropy) or _of_classes(loss, targets):
        if targets.dim() != 1 or targets.is_floating_point():
            raise BackendError(
                f"Task: cross_entropy needs class numbers [example], the targets are {targets.dtype} {list(targets.shape)}"
            )
        own = loss if isinstance(loss, nn.CrossEntropyLoss) and not _plain(loss) else None
        goal: Goal = Classification(class_numbers("Task", "train (targets)", targets.numpy(), classes), own)
        return Measured(goal, metrics) if metrics else goal
    if loss in ("mse", functional.mse_loss) or (isinstance(loss, nn.MSELoss) and loss.reduction == "mean"):
        return Measured(Regression(), metrics) if metrics else Regression()
    if not callable(loss) or isinstance(loss, type):
        hint = f"; make one: {loss.__name__}()" if isinstance(loss, type) else ""
        raise BackendError(
            f'Task: loss is {loss!r}; it is "cross_entropy", "mse" or a function (outputs, targets) -> scalar tensor{hint}'
        )
    return Custom(loss, metrics)


def _of_classes(loss: Any, targets: Tensor) -> bool:
    """Whether a loss is torch's cross-entropy of one class number for each example."""
    if not isinstance(loss, nn.CrossEntropyLoss):
        return False
    return _plain(loss) or (loss.reduction == "mean" and loss.ignore_index < 0 and targets.dim() == 1)


def _plain(loss: nn.CrossEntropyLoss) -> bool:
    """Whether a loss is cross-entropy without weights and the like."""
    return loss.weight is None and loss.ignore_index == -100 and loss.reduction == "mean" and loss.label_smoothing == 0


def values_of(train: Split, shape: Shape | None, vocabulary: int | None, goal: Goal) -> tuple[Shape, dict[str, int]]:
    """Return the input's shape and the facts a space may name."""
    known = shape or shape_of(train.inputs)
    names = {"image": ("channels",), "sequence": ("length", "features"), "features": ("features",), "tokens": ("length",)}
    values = dict(zip(names[known.kind], known.axes, strict=False))
    if known.kind == "tokens":
        values["vocabulary"] = vocabulary or int(train.inputs.max()) + 1
    of = inner(goal)
    return known, values | ({"classes": of.classes} if isinstance(of, Classification) else {})


def inner(goal: Goal) -> Goal:
    """Return a goal without the metrics beside it."""
    return goal.goal if isinstance(goal, Measured) else goal


def shape_of(inputs: Tensor) -> Shape:
    """Return the shape of an example, told by the number of axes: integers in one axis are tokens."""
    match inputs.dim() - 1, inputs.is_floating_point():
        case 1, True:
            return features(inputs.shape[1])
        case 1, False:
            return tokens(inputs.shape[1])
        case 2, True:
            return sequence(inputs.shape[1], inputs.shape[2])
        case 3, True:
            return image(inputs.shape[1], inputs.shape[2], inputs.shape[3])
    raise BackendError(
        f"Task: inputs are {inputs.dtype} {list(inputs.shape)}; give floats [example, feature], [example, length, feature], "
        f"[example, channel, height, width] or integers [example, length]"
    )
