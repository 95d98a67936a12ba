"""Shapes are checked without torch, over every value of every decision; the message names the values that break them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import attrs
import pytest
import torch

from symbolic import parse
from symbolic.building.build import build
from symbolic.building.values import Values
from symbolic.check import check_outputs, check_shapes, shape_error
from symbolic.errors import SpaceError
from symbolic.shapes import features, image
from symbolic.task import TaskFacts

DIGITS = Path(__file__).parents[2] / "examples" / "digits.space"
FACTS = TaskFacts("test", image(1, 8, 8), {"classes": 10})

BLAMED = {
    "(flatten | skip) >> linear(10)": "it breaks where model/choice = 'skip'",
    "repeat 1..5 { max_pool(2) } >> flatten": "it breaks where model/repeat >= 4 (3 works)",
    "max_pool(4) >> (max_pool(2) | skip) >> max_pool(2) >> flatten": "it breaks where model/choice = 'max_pool'",
    "conv2d(4..16 step 2, groups: 1 | 4) >> flatten": "it breaks where model/conv2d/groups = 4",
    "conv2d(8 | 16) as a >> residual { conv2d(8) } >> flatten": "it breaks where model/a/width = 16",
    "conv2d(8) >> conv2d(8, stride: 1 | 2) >> max_pool(2 | 5)": (
        "it breaks where model/conv2d#2/stride = 2 and model/max_pool/kernel = 5"
    ),
    "linear(10)": "every candidate breaks here",
    "flatten >> (linear(8) | skip as plain) >> residual { linear(8) }": "it breaks where model/choice = 'plain'",
}


@pytest.mark.parametrize("model", BLAMED)
def test_the_decision_values_that_break_a_shape_are_named(model: str) -> None:
    with pytest.raises(SpaceError) as caught:
        check_shapes(parse(f"space t\nmodel = {model}\n"), FACTS)
    assert caught.value.code == "E602"
    assert caught.value.message.endswith(f"; {BLAMED[model]}")
    assert caught.value.span is not None and caught.value.span.line == 2


@pytest.mark.parametrize(
    "model",
    [
        "(max_pool(2) | conv2d(4 | 8) | skip) >> flatten >> linear(classes)",
        "repeat 0..3 { max_pool(2) | conv2d(4) } >> global_avg_pool",
        "conv2d(4 | 8) as a >> residual { conv2d(a.width) } >> flatten",
        "conv2d(4 | 8, stride: 1 | 2) >> torch.nn::Conv2d(99, 4, 3) >> linear(10)",
    ],
)
def test_what_builds_for_every_candidate_is_sound(model: str) -> None:
    check_shapes(parse(f"space t\nmodel = {model}\n"), FACTS)


def test_constraints_keep_broken_candidates_out() -> None:
    text = "space t\nmodel = (flatten | skip) >> linear(10)\nforbid model.choice is skip\n"
    with pytest.raises(SpaceError):
        check_shapes(parse(text.replace("forbid", "#")), FACTS)
    check_shapes(parse(text), FACTS)


def test_without_a_task_nothing_is_checked() -> None:
    check_shapes(parse("space t\nmodel = linear(10)\nlr = 0.1 | 0.2\n"))


def test_a_check_says_no_exactly_where_building_fails() -> None:
    space = parse(
        "space t\nmodel = (conv2d(4 | 6) | skip) >> (max_pool(2 | 3) | skip) >> conv2d(4 | 6, groups: 1 | 2)"
        " >> residual { conv2d(4) } >> max_pool(2 | 4) >> (flatten | global_avg_pool) >> linear(3)\n"
    )
    found = set()
    for candidate in space.sample(150):
        error = shape_error(space, candidate.point, FACTS)
        try:
            net = build(space, Values(space.lower(), candidate.point), FACTS)["model"]
        except SpaceError as e:
            assert error is not None and error.message == e.message
        else:
            assert error is None
            assert net(torch.zeros(2, 1, 8, 8)).shape == (2, 3)
        found.add(error is None)
    assert found == {True, False}


def test_checking_imports_no_torch() -> None:
    code = (
        "import sys, symbolic; from symbolic.check import check_shapes; from symbolic.task import TaskFacts;"
        "from symbolic.shapes import image; s = symbolic.parse(open(sys.argv[1]).read());"
        "check_shapes(s, TaskFacts('t', image(1, 8, 8), {'classes': 10})); print('torch' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code, str(DIGITS)], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


CLASSES = attrs.evolve(FACTS, output=features(10))


@pytest.mark.parametrize(
    ("model", "message", "hint"),
    [
        ("flatten >> linear(5)", "the network gives features (5), and the task 'test' takes features (10)", "linear(classes)"),
        ("relu", "the network gives image (1, 8, 8), and the task 'test' takes features (10)", "flatten >> linear(classes)"),
        ("repeat 0..2 { conv2d(8) }", "the network gives image", "flatten >> linear(classes)"),
        ("flatten >> linear(10 | 12)", "it breaks where model/linear/width = 12", "linear(classes)"),
        ("3", "the entry 'model' is 3, and a task needs a network", "flatten >> linear(classes)"),
        ("none", "the entry 'model' is None, and a task needs a network", "flatten >> linear(classes)"),
        ("1 | 2", "the entry 'model' is `model`, and a task needs a network", "flatten >> linear(classes)"),
    ],
)
def test_what_a_network_gives_must_be_what_the_task_takes(model: str, message: str, hint: str) -> None:
    with pytest.raises(SpaceError) as caught:
        check_shapes(parse(f"space t\nmodel = {model}\n"), CLASSES)
    assert caught.value.code == "E602" and message in caught.value.message
    assert caught.value.hint is not None and hint in caught.value.hint
    assert caught.value.span is not None and caught.value.span.line == 2
    check_shapes(parse(f"space t\nmodel = flatten >> linear(10)\nother = {model}\n"), CLASSES)


def test_a_search_begins_where_some_candidate_fits() -> None:
    check_outputs(parse("space t\nmodel = flatten >> linear(10 | 12)\n"), CLASSES)
    check_outputs(parse("space t\nmodel = torch.nn::Identity()\n"), CLASSES)
    with pytest.raises(SpaceError, match="none of the candidates tried fits"):
        check_outputs(parse("space t\nmodel = flatten >> linear(11 | 12)\n"), CLASSES)
    with pytest.raises(SpaceError, match="a task needs a network"):
        check_outputs(parse("space t\nmodel = 1 | 2\n"), CLASSES)
