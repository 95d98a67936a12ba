"""The splits of arrays of any kind, with parts of their own or drawn from one array."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from backends.errors import BackendError
from backends.torch.data import Index, Splits
from backends.torch.goals import Classification, Goal, Regression
from backends.torch.splitting import followed, stratified
from backends.torch.tasks.parts import Array, divided, of_images, of_vectors
from symbolic.task import TaskFacts


def array_splits(
    blocks: Sequence[tuple[Array, Array]], held: Sequence[str], facts: TaskFacts, validation: float, test: float, seed: int
) -> Splits:
    """Return splits of `(x, y)` pairs: the first for training, then one for each name in `held` ("validation", "test").

    What is not held is drawn from the first. Raises `BackendError` for arrays of unlike shapes.
    """
    inputs, targets = (_joined([block[i] for block in blocks]) for i in (0, 1))
    classes = facts.values.get("classes")
    spans = followed([len(y) for _, y in blocks])
    shares = {"validation": validation, "test": test}
    drawn = {part: 0.0 if part in held else share for part, share in shares.items()}
    first = blocks[0][1]
    parts = list(stratified(first, drawn["validation"], drawn["test"], seed))
    for part, span in zip(held, spans[1:], strict=True):
        parts[1 if part == "validation" else 2] = span
    return _of_kind(inputs, targets, classes, parts, facts)


def _of_kind(inputs: Array, targets: Array, classes: int | None, parts: Sequence[Index], facts: TaskFacts) -> Splits:
    """Standardise as the kind of the inputs asks for."""
    match facts.input.kind:
        case "features":
            return of_vectors(inputs, targets, classes, parts)
        case "image" if inputs.dtype == np.uint8 and classes is not None:
            return of_images(inputs.reshape(len(inputs), *facts.input.axes), targets, classes, parts)
    goal: Goal = Regression() if classes is None else Classification(classes)
    known = torch.from_numpy(targets.astype(np.int64))
    if classes is None:
        train = np.asarray(targets[parts[0]], np.float64)
        goal = Regression(float(train.mean()), float(train.std()) or 1.0)
        known = torch.from_numpy(((targets - goal.mean) / goal.spread).astype(np.float32))
    if facts.input.kind == "tokens":
        return divided(torch.from_numpy(inputs.astype(np.int64)), known, parts, goal)
    axes = (0, 2, 3) if facts.input.kind == "image" else (0, 1)
    shaped = inputs.reshape(len(inputs), *facts.input.axes).astype(np.float32)
    mean = shaped[parts[0]].mean(axes, np.float64, keepdims=True)
    spread = shaped[parts[0]].std(axes, np.float64, keepdims=True)
    scaled = ((shaped - mean) / np.where(spread > 0, spread, 1.0)).astype(np.float32)
    return divided(torch.from_numpy(scaled), known, parts, goal)


def _joined(arrays: Sequence[Array]) -> Array:
    shapes = {a.shape[1:] for a in arrays}
    if len(shapes) > 1:
        raise BackendError(f"the arrays for training, validation and test have unlike shapes: {', '.join(map(str, shapes))}")
    return np.concatenate(arrays)
