"""Made-up images: as many as asked for, the same every time, and learnable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

import symbolic as sym
from backends.errors import BackendError
from backends.torch.tasks.fake_images import FakeImages


def test_images_are_as_asked_for(check_splits: Callable[..., None]) -> None:
    task = FakeImages(classes=4, channels=2, size=6, count=100, seed=3)
    check_splits(task.load, 100)
    splits = task.load()
    assert splits.train.inputs.shape == (60, 2, 6, 6) and task.facts.input.axes == (2, 6, 6)
    assert (
        torch.bincount(torch.cat([splits.train.targets, splits.validation.targets, splits.test.targets])).tolist() == [25] * 4
    )
    assert not torch.equal(FakeImages(classes=4, channels=2, size=6, count=100).load().train.inputs, splits.train.inputs)


def test_classes_can_be_told_apart(run: Callable[..., Any]) -> None:
    space = sym.parse("space s\nmodel = flatten >> linear(4 | 5)\ntrain { lr: 0.001..0.01, epochs: 20 }\n")
    result = run(space, {"model/linear/width": 4, "train/lr": 0.003}, task=FakeImages(classes=4, channels=1, size=8, count=300))
    assert result.metrics["accuracy"] > 0.8


def test_convolutions_tell_classes_apart_by_their_texture(run: Callable[..., Any]) -> None:
    model = "conv2d(8 | 16) >> batch_norm >> relu >> conv2d(16, stride: 2) >> batch_norm >> relu >> global_avg_pool"
    space = sym.parse(f"space s\nmodel = {model} >> linear(4)\n")
    task = FakeImages(classes=4, channels=1, size=12, count=300)
    assert run(space, {"model/conv2d/width": 8}, task=task).metrics["accuracy"] > 0.8


@pytest.mark.parametrize("argument", [{"classes": 0}, {"size": 2.5}, {"count": True}, {"validation": 0.6}])
def test_arguments_are_checked(argument: dict[str, Any]) -> None:
    with pytest.raises(BackendError, match=next(iter(argument))):
        FakeImages(**argument)
