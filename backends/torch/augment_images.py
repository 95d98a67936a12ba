"""Augmentation of images while training: each example is flipped, moved and cut out by draws of its own."""

from __future__ import annotations

import attrs
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from backends.torch.augment import Augment
from symbolic.search.randomness import rng

AUGMENT = 12
"""Stream of a trial's seed for augmentation."""
MOVED, CUT = 1 / 8, 1 / 2
"""Share of the image's side by which `crop` moves at most, and that `cutout` leaves out: 4 and 16 pixels of 32."""


@attrs.frozen(eq=False)
class Draws:
    """What happens to each of all training examples in an epoch: `rows` and `columns` it moves by, `centre` of its cut."""

    flip: NDArray[np.bool_]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    centre: NDArray[np.int64]


def draws(augment: Augment, count: int, shape: tuple[int, int], seed: int, epoch: int) -> Draws:
    """Draw for an epoch. `count` is that of all training examples, so that an example's draws depend on nothing else."""
    generator = rng(seed, epoch, AUGMENT)
    height, width = shape
    down, right = (round(augment.crop * MOVED * side) for side in shape)
    flip = generator.random(count) < augment.flip / 2
    rows = generator.integers(-down, down, count, endpoint=True)
    columns = generator.integers(-right, right, count, endpoint=True)
    centre = np.stack([generator.integers(0, height, count), generator.integers(0, width, count)], 1)
    return Draws(flip, rows, columns, centre)


def augmented(augment: Augment, images: Tensor, drawn: Draws, positions: NDArray[np.int64]) -> Tensor:
    """Return images `[image, channel, height, width]` changed by the draws at `positions`, those of the images in all data.

    What comes from outside an image, and what is cut out, is 0: the mean of standardised data.
    """
    device = images.device
    if augment.flip:
        flip = torch.from_numpy(drawn.flip[positions]).to(device)
        images = torch.where(flip[:, None, None, None], images.flip(3), images)
    if augment.crop:
        rows, columns = drawn.rows[positions], drawn.columns[positions]
        border = int(max(np.abs(rows).max(), np.abs(columns).max()))
        images = _moved(images, torch.from_numpy(rows).to(device), torch.from_numpy(columns).to(device), border)
    if augment.cutout:
        images = _cut(images, torch.from_numpy(drawn.centre[positions]).to(device), augment.cutout)
    return images


def _moved(images: Tensor, rows: Tensor, columns: Tensor, border: int) -> Tensor:
    """Read each image from a place beside itself, at most `border` pixels away; zeros outside."""
    count, channels, height, width = images.shape
    padded = functional.pad(images, (border, border, border, border))
    y = torch.arange(height, device=images.device)[None] + (rows + border)[:, None]
    x = torch.arange(width, device=images.device)[None] + (columns + border)[:, None]
    which = torch.arange(count, device=images.device)[:, None, None, None]
    channel = torch.arange(channels, device=images.device)[None, :, None, None]
    return padded[which, channel, y[:, None, :, None], x[:, None, None, :]]


def _cut(images: Tensor, centre: Tensor, strength: float) -> Tensor:
    """Set a square around each image's centre to zero; at the border only its inner part."""
    height, width = images.shape[2:]
    inside = []
    for axis, side in enumerate((height, width)):
        length = round(strength * CUT * side)
        offset = torch.arange(side, device=images.device)[None] - (centre[:, axis] - length // 2)[:, None]
        inside.append((offset >= 0) & (offset < length))
    return images.masked_fill((inside[0][:, :, None] & inside[1][:, None, :])[:, None], 0.0)
