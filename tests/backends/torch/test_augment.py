"""Augmentation: what the record may ask for, and what happens to each image, compared with the slow way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import symbolic as sym
from backends.errors import TrainError
from backends.torch.augment import Augment, augment_of
from backends.torch.augment_images import augmented, draws
from backends.torch.tasks.digits import digits
from backends.torch.tasks.wine import Wine
from backends.torch.train import TrainBackend
from symbolic.errors import SpaceError

IMAGES = torch.rand(40, 2, 16, 24, generator=torch.Generator().manual_seed(0)) + 1
ALL = np.arange(40)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (None, None),
        ("none", None),
        (0, None),
        ("flip", Augment(flip=1)),
        ("crop+cutout", Augment(crop=1, cutout=1)),
        (0.5, Augment(0.5, 0.5, 0.5)),
    ],
)
def test_what_a_record_may_ask_for(value: Any, wanted: Augment | None) -> None:
    assert augment_of(value) == wanted


@pytest.mark.parametrize("value", ["flop", "flip+", 1.5, -1, True, ("flip",), ""])
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(TrainError, match=r"train\.augment is"):
        augment_of(value)


def slowly(augment: Augment, image: np.ndarray, flip: bool, row: int, column: int, centre: np.ndarray) -> np.ndarray:
    """The same, pixel by pixel."""
    height, width = image.shape[1:]
    source = image[:, :, ::-1] if flip else image
    out = np.zeros_like(image)
    cut = [round(augment.cutout / 2 * side) for side in (height, width)]
    for y in range(height):
        for x in range(width):
            inside = 0 <= y + row < height and 0 <= x + column < width
            hidden = all(c - n // 2 <= p < c - n // 2 + n for p, c, n in zip((y, x), centre, cut, strict=True))
            if inside and not (augment.cutout and hidden):
                out[:, y, x] = source[:, y + row, x + column]
    return out


@pytest.mark.parametrize("augment", [Augment(flip=1), Augment(crop=1), Augment(cutout=1), Augment(0.6, 0.6, 0.6)])
def test_each_image_is_changed_by_its_own_draws(augment: Augment) -> None:
    drawn = draws(augment, 40, (16, 24), 7, 3)
    found = augmented(augment, IMAGES, drawn, ALL).numpy()
    for i in range(40):
        row, column = int(drawn.rows[i]), int(drawn.columns[i])
        assert np.array_equal(found[i], slowly(augment, IMAGES[i].numpy(), bool(drawn.flip[i]), row, column, drawn.centre[i]))
    assert len({found[i].tobytes() for i in range(40)}) == 40
    assert not np.array_equal(found, IMAGES.numpy())


def test_draws_depend_on_seed_and_epoch_and_example_alone() -> None:
    augment = Augment(1, 1, 1)
    one = augmented(augment, IMAGES, draws(augment, 40, (16, 24), 7, 3), ALL)
    some = np.array([30, 4, 9])
    assert torch.equal(augmented(augment, IMAGES[some], draws(augment, 40, (16, 24), 7, 3), some), one[some])
    for seed, epoch in ((7, 4), (8, 3)):
        assert not torch.equal(augmented(augment, IMAGES, draws(augment, 40, (16, 24), seed, epoch), ALL), one)


def test_the_usual_amounts() -> None:
    drawn = draws(Augment(1, 1, 1), 10_000, (32, 32), 0, 0)
    assert drawn.flip.mean() == pytest.approx(0.5, abs=0.03)
    assert (drawn.rows.min(), drawn.rows.max(), drawn.columns.min(), drawn.columns.max()) == (-4, 4, -4, 4)
    cut = augmented(Augment(cutout=1), torch.ones(10_000, 1, 32, 32), drawn, np.arange(10_000))
    assert int((cut == 0).sum((1, 2, 3)).max()) == 16 * 16


def test_training_follows_it_and_continues_exactly(run: Callable[..., Any], tmp_path: Any) -> None:
    record = 'train { augment: none | "crop" | 0.5, epochs: fidelity 1..4 }'
    space = sym.parse(f"space s\ntask digits\nmodel = flatten >> linear(classes)\n{record}\n")
    plain, crop, half = (run(space, {"train/augment": value}) for value in (None, "crop", 0.5))
    assert {r.status for r in (plain, crop, half)} == {"ok"}, crop.failure
    assert len({r.metrics["loss"] for r in (plain, crop, half)}) == 3
    run(space, {"train/augment": "crop"}, fidelity=1.0, folder=tmp_path)
    rest = run(space, {"train/augment": "crop"}, number=1, continue_from=0, roots={1: 0}, folder=tmp_path)
    assert rest.metrics == crop.metrics


def test_it_is_for_images_only() -> None:
    space = sym.parse('space s\ntask wine\nmodel = linear(classes)\ntrain { augment: none | "flip" }\n')
    with pytest.raises(SpaceError, match=r"'train\.augment' is for images; the task wine has features"):
        TrainBackend().describe(space, Wine())
    TrainBackend().describe(
        sym.parse('space s\ntask digits\nmodel = flatten >> linear(classes)\ntrain { augment: none | "flip" }\n'), digits()
    )
