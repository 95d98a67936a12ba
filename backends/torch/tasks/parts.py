"""From arrays to splits: which examples go where, and how numbers are standardised, by the training part alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from backends.errors import BackendError
from backends.torch.data import Split, Splits
from backends.torch.goals import Classification, Goal, Regression
from backends.torch.splitting import Index, followed, stratified

Array = NDArray[Any]
COUNTED_AT_ONCE = 1024


def divided(inputs: Tensor, targets: Tensor, parts: Sequence[Index], goal: Goal) -> Splits:
    """Return the splits of data whose positions are `parts`: train, validation, test. Only the last may be empty."""
    for name, part in zip(("training", "validation"), parts, strict=False):
        if not len(part):
            raise BackendError(f"there are no {name} examples: {len(inputs)} examples are too few for these shares")
    train, validation, test = (Split(inputs[torch.from_numpy(p)], targets[torch.from_numpy(p)], p) for p in parts)
    return Splits(train, validation, test, goal)


def of_vectors(features: Array, targets: Array, classes: int | None, parts: Sequence[Index]) -> Splits:
    """Return the splits of feature vectors `[example, feature]`, each feature standardised by the training part.

    `classes` None: a regression, its targets standardised alike; their scale is kept in the goal.
    """
    train = np.asarray(features[parts[0]], np.float64)
    inputs = torch.from_numpy(((features - train.mean(0)) / _spread(train.std(0))).astype(np.float32))
    if classes is not None:
        return divided(inputs, torch.from_numpy(targets.astype(np.int64)), parts, Classification(classes))
    known = np.asarray(targets[parts[0]], np.float64)
    goal = Regression(float(known.mean()), float(_spread(known.std())))
    return divided(inputs, torch.from_numpy(((targets - goal.mean) / goal.spread).astype(np.float32)), parts, goal)


def of_images(images: NDArray[np.uint8], targets: Array, classes: int, parts: Sequence[Index]) -> Splits:
    """Return the splits of images uint8 `[image, channel, height, width]`, each channel standardised by the training part."""
    counts = _levels(images, parts[0])
    levels = np.arange(256)
    means = np.array([np.average(levels, weights=n) for n in counts])
    spreads = _spread(np.sqrt([np.average((levels - m) ** 2, weights=n) for n, m in zip(counts, means, strict=True)]))
    scale = [torch.from_numpy(v.astype(np.float32)).reshape(1, -1, 1, 1) for v in (means, spreads)]
    inputs = torch.from_numpy(images).to(torch.float32).sub_(scale[0]).div_(scale[1])
    return divided(inputs, torch.from_numpy(targets.astype(np.int64)), parts, Classification(classes))


def _levels(images: NDArray[np.uint8], chosen: Index) -> NDArray[np.int64]:
    """Count the values of each channel of the chosen images, `[channel, 256]`, without a copy of them all."""
    counts = np.zeros((images.shape[1], 256), np.int64)
    for start in range(0, len(chosen), COUNTED_AT_ONCE):
        block = images[chosen[start : start + COUNTED_AT_ONCE]]
        counts += [np.bincount(block[:, c].ravel(), minlength=256) for c in range(images.shape[1])]
    return counts


def with_official_test(
    train: tuple[NDArray[np.uint8], Array], test: tuple[NDArray[np.uint8], Array], classes: int, validation: float, seed: int
) -> Splits:
    """Return the splits of images with their own test set; validation is drawn from the training images.

    A test image's position is counted after those for training.
    """
    kept, held, _ = stratified(train[1], validation, 0.0, seed)
    unseen = followed([len(train[1]), len(test[1])])[1]
    images, targets = np.concatenate([train[0], test[0]]), np.concatenate([train[1], test[1]])
    return of_images(images, targets, classes, (kept, held, unseen))


def _spread(values: Any) -> Any:
    """Return deviations to divide by: 1 where all values are equal."""
    return np.where(np.asarray(values) > 0, values, 1.0)
