"""The `train` record: how a network is trained, read from what a space built, with the task's defaults behind it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from backends.errors import TrainError
from backends.torch.augment import Augment, augment_of
from backends.torch.operators.optimizers import NAMED, SGD, Adam, AdamW, Lion, Optimizer, RMSprop
from backends.torch.tasks.defaults import TRAIN
from symbolic.check import check_train, unknown_key
from symbolic.errors import SpaceError, nearest
from symbolic.language.children import descend
from symbolic.nodes import Call, Record
from symbolic.space import Space
from symbolic.task import TaskFacts

ENTRY = "train"
SCHEDULES = ("constant", "cosine", "linear", "step")
IMAGES_ONLY = ("augment", "size")
"""Keys that only a task of images can follow."""
BRANCHED = ("residual", "resnet_basic", "bottleneck", "mbconv", "transformer_block")
"""Operators with the residual branches that `drop_path` leaves out."""


def _number(
    low: float, *, open_low: bool = False, below: float | None = None, high: float | None = None, none: bool = False
) -> Callable[..., None]:
    """Return a validator of numbers from `low` (itself left out: `open_low`) to below `below` or up to `high`."""

    def check(recipe: Any, attribute: Any, value: Any) -> None:
        if value is None and none:
            return
        fits = isinstance(value, int | float) and not isinstance(value, bool) and low <= value
        if not fits or (open_low and value == low) or (below is not None and not value < below) or value > (high or math.inf):
            bound = f"{'above' if open_low else 'at least'} {low:g}" + ("" if below is None else f" and below {below:g}")
            bound += "" if high is None else f" and at most {high:g}"
            raise TrainError(f"train.{attribute.name} is {value!r}; it is a number {bound}{', or none' if none else ''}")

    return check


def _count(recipe: Any, attribute: Any, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise TrainError(f"train.{attribute.name} is {value!r}; it is a whole number of at least 1")


def _size(recipe: Any, attribute: Any, value: Any) -> None:
    if value is not None:
        _count(recipe, attribute, value)


def _schedule(recipe: Any, attribute: Any, value: Any) -> None:
    if value not in SCHEDULES:
        hint = nearest(str(value), SCHEDULES) or f"known: {', '.join(SCHEDULES)}"
        raise TrainError(f"train.schedule is {value!r}, which is no schedule; {hint}")


def _optimizer(value: Any) -> Optimizer:
    """Return the description of an optimizer given by itself or by its name."""
    if isinstance(value, SGD | Adam | AdamW | RMSprop | Lion):
        return value
    if isinstance(value, str) and value in NAMED:
        return NAMED[value]
    hint = nearest(str(value), NAMED) or f"known: {', '.join(NAMED)}"
    raise TrainError(f"train.optimizer is {value!r}, which is no optimizer; {hint}")


@attrs.frozen
class Recipe:
    """A complete `train` record, its values checked.

    `warmup` counts epochs with a rising learning rate; `clip` is the largest norm of the gradient, None for no clipping.
    `momentum` and `weight_decay` serve optimizers that do not state their own. `data` is the share of the training examples
    that is used, `size` the height and width to which images are resized, None for their own.
    """

    optimizer: Optimizer = attrs.field(converter=_optimizer)
    lr: float = attrs.field(validator=_number(0.0, open_low=True))
    weight_decay: float = attrs.field(validator=_number(0.0))
    momentum: float = attrs.field(validator=_number(0.0, below=1.0))
    batch_size: int = attrs.field(validator=_count)
    epochs: int = attrs.field(validator=_count)
    schedule: str = attrs.field(validator=_schedule)
    warmup: float = attrs.field(validator=_number(0.0))
    label_smoothing: float = attrs.field(validator=_number(0.0, below=1.0))
    clip: float | None = attrs.field(validator=_number(0.0, open_low=True, none=True))
    ema: float | None = attrs.field(validator=_number(0.0, open_low=True, below=1.0, none=True))
    drop_path: float = attrs.field(validator=_number(0.0, below=1.0))
    augment: Augment | None = attrs.field(converter=augment_of)
    data: float = attrs.field(validator=_number(0.0, open_low=True, high=1.0))
    size: int | None = attrs.field(validator=_size)


KEYS = tuple(f.name for f in attrs.fields(Recipe))


def read_record(built: Mapping[str, object] | None, defaults: Mapping[str, object]) -> Recipe:
    """Return the recipe of a built `train` record (None: there is none), the defaults behind it.

    A key that is absent (its `when` did not hold) takes its default: the task's, else the one all tasks share. Raises
    `TrainError` for an unknown key, naming the nearest, and for a value out of bounds.
    """
    given = {key: value for key, value in (built or {}).items() if key not in KEYS}
    for key in given:
        raise TrainError(unknown_key(key, KEYS))
    values: dict[str, Any] = {**TRAIN, **defaults, **(built or {})}
    return Recipe(**{key: values[key] for key in KEYS})


def check_record(space: Space, facts: TaskFacts | None = None) -> None:
    """Raise E203 at a key of the space's `train` record that the trainer does not know, or the task cannot follow.

    Builds nothing.
    """
    check_train(space, KEYS)
    for entry in space.root.fields:
        if entry.key == ENTRY and isinstance(entry.value, Record):
            for field in entry.value.fields:
                if facts is not None and facts.input.kind != "image" and field.key in IMAGES_ONLY:
                    why = f"'train.{field.key}' is for images; the task {facts.name} has {facts.input}"
                    raise SpaceError("E203", why, field.span, "leave it out")
                if field.key == "drop_path" and not _has(space, lambda fn: fn in BRANCHED or "::" in fn):
                    why = "'train.drop_path' leaves out residual branches, and no operator of this space has one"
                    raise SpaceError("E203", why, field.span, f"operators that have: {', '.join(BRANCHED)}")


def _has(space: Space, wanted: Callable[[str], bool]) -> bool:
    """Whether a space calls an operator or a Python callable of such a name."""
    roots = (space.root, *(d.body for d in space.defs))
    return any(isinstance(node, Call) and wanted(node.fn) for root in roots for node in descend(root))


def told_branches(space: Space) -> tuple[str, ...]:
    """Return the line that says which branches `drop_path` leaves out, where Python code may have others."""
    records = [entry.value for entry in space.root.fields if entry.key == ENTRY]
    dropping = any(field.key == "drop_path" for record in records if isinstance(record, Record) for field in record.fields)
    if not dropping or not _has(space, lambda fn: "::" in fn):
        return ()
    return ("train.drop_path leaves out branches of backends.torch.layers.Residual; others of your own classes stay",)


def told_defaults(space: Space, defaults: Mapping[str, object]) -> tuple[str, ...]:
    """Return the line that says how a space without a `train` record is trained; none for one that has it."""
    if ENTRY in space.entries:
        return ()
    shown = ", ".join(f"{key} {'none' if value is None else value}" for key, value in defaults.items())
    return (f"no train record: the task's defaults are used ({shown})",)
