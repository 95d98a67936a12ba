"""`check --build`: what shape rules cannot tell is found by building, and the decision values are named."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from symbolic import parse
from symbolic.check import check_shapes
from symbolic.checking.rehearsal import NoRehearsalError, check_build, extremes
from symbolic.errors import SpaceError
from symbolic.shapes import features, image
from symbolic.task import TaskFacts

FACTS = TaskFacts("test", image(1, 8, 8), {"classes": 10}, output=features(10))
FOREIGN = "space t\nmodel = conv2d(4 | 6) >> torch.nn::Conv2d(4, 8, 3) >> global_avg_pool >> linear(classes)\n"


def test_what_shapes_cannot_tell_is_built_and_blamed() -> None:
    space = parse(FOREIGN)
    check_shapes(space, FACTS)
    with pytest.raises(
        SpaceError, match=r"does not fit behind image \(6, 8, 8\).*; it breaks where model/conv2d/width = 6"
    ) as caught:
        check_build(space, FACTS, "train", 8)
    assert caught.value.code == "E602" and caught.value.span is not None
    good = check_build(parse(FOREIGN.replace("4 | 6", "4")), FACTS, "train", 2)
    assert (good.fewest, good.most) == (4 * 10 + 8 * 37 + 90, 4 * 10 + 8 * 37 + 90)


def test_a_network_that_does_not_give_what_the_task_takes() -> None:
    space = parse("space t\nmodel = flatten >> torch.nn::Linear(64, 10 | 12)\n")
    check_shapes(space, FACTS)
    with pytest.raises(SpaceError, match="it breaks where model/Linear/1 = 12"):
        check_build(space, FACTS, "train", 8)


def test_nothing_is_computed_and_no_weights_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bool] = []
    original = nn.Linear.__init__

    def watched(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        made.append(self.weight.is_meta)

    monkeypatch.setattr(nn.Linear, "__init__", watched)
    built = check_build(parse("space t\nmodel = flatten >> linear(1..4096) >> relu >> linear(classes)\n"), FACTS, "train", 4)
    assert made and all(made)
    assert (built.fewest, built.most) == (65 + 20, 65 * 4096 + 4097 * 10)
    assert torch.zeros(1).device.type == "cpu"


def test_the_ends_are_tried() -> None:
    space = parse("space t\nx = 1 | 2 | default 3\ny = 1..9\nz = 1..3 when x == 3\nrequire y < 9 or x < 3\n")
    assert [p.index.tolist() for p in extremes(space.lower())] == [[2, 0, 0], [0, 0, -1]]
    assert extremes(parse("space t\nx = 1 | 2\nforbid x == 1\n").lower())[0].index.tolist() != [0]


def test_a_backend_that_cannot_build_is_refused() -> None:
    with pytest.raises(NoRehearsalError, match=r"'function' builds nothing without training it; .*train"):
        check_build(parse(FOREIGN), FACTS, "function", 1)
