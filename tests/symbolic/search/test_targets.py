"""Targets, tasks and objectives: what the user hands over ends up in the space's text."""

from __future__ import annotations

import pytest

import symbolic as sym
from symbolic.errors import SpaceError
from symbolic.registry import RegistryError
from symbolic.search.objectives import Limit, Objective, Objectives
from symbolic.search.targets import TargetError, space_of, statements, task_of, with_objectives

SPACE = sym.parse("space s version 1\nx = 1 | 2\n")


def test_a_space_a_file_and_a_dict(tmp_path):
    assert space_of(SPACE) is SPACE
    file = tmp_path / "s.space"
    file.write_text(SPACE.text())
    assert space_of(file) == space_of(str(file)) == SPACE
    assert space_of({"x": sym.OneOf(1, 2)}).lower().path == ("x",)


def test_a_task_is_named_in_the_text():
    space, task = task_of(SPACE, "digits(seed: 3)")
    assert "task digits(seed: 3)\n" in space.text() and task.seed == 3
    again, same = task_of(sym.parse(space.text()), None)
    assert again == space and same == task
    assert task_of(SPACE, None) == (SPACE, None)
    assert task_of(SPACE, task) == (SPACE, task)


@pytest.mark.parametrize(
    ("task", "error"), [("digts", RegistryError), ("digits(3)", TargetError), ("digits(seed: [1])", TargetError)]
)
def test_what_is_no_task(task, error):
    with pytest.raises(error):
        task_of(SPACE, task)


def test_objectives_that_nobody_states():
    assert with_objectives(SPACE, None, None).text().endswith("maximize value\n")
    space, task = task_of(SPACE, "digits")
    stated = with_objectives(space, None, task)
    assert "maximize accuracy\n" in stated.text() and sym.parse(stated.text()) == stated
    own = sym.parse(SPACE.text() + "minimize loss\n")
    assert with_objectives(own, None, None) is own


@pytest.mark.parametrize(
    ("objectives", "lines"),
    [
        ("minimize loss", ["minimize loss"]),
        (["maximize accuracy", "minimize params(x)"], ["maximize accuracy", "minimize params(x)"]),
        ({"loss": "minimize"}, ["minimize loss"]),
        (
            Objectives((Objective("accuracy", True),), (Limit("latency <= 3"),)),
            ["maximize accuracy", "require latency <= 3"],
        ),
    ],
)
def test_objectives_of_the_caller_replace_those_of_the_space(objectives, lines):
    assert statements(objectives) == lines
    space = with_objectives(sym.parse(SPACE.text() + "minimize seconds\n"), objectives, None)
    assert all(f"{line}\n" in space.text() for line in lines) and "seconds" not in space.text()
    assert sym.parse(space.text()) == space


@pytest.mark.parametrize("objectives", ["accuracy", "maximise accuracy", "minimize a\nx = 3", [], ["maximize a", "b"]])
def test_what_is_no_objective(objectives):
    with pytest.raises(TargetError):
        with_objectives(SPACE, objectives, None)


def test_a_metric_the_task_does_not_report():
    space, task = task_of(SPACE, "digits")
    with pytest.raises(SpaceError, match="E201"):
        with_objectives(space, "maximize acuracy", task)
