"""Commands that list and format: fmt, backends, tasks, operators."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from symbolic import registry


@pytest.mark.parametrize("group", ["backends", "tasks", "operators"])
def test_every_registered_name_is_listed_with_what_it_says(run: Callable, group: str) -> None:
    found = run(group)
    assert found.code == 0
    listed = json.loads(run(group, "--json").out)
    assert set(listed) == set(registry.entries(group))
    for name in listed:
        assert name in found.out
        assert listed[name]["doc"] and "cannot be imported" not in listed[name]["doc"]


def test_an_operator_prints_its_signature(run: Callable) -> None:
    assert run("operators", "conv2d").out.startswith("conv2d(width: int = none, kernel: int = 3")
    found = run("operators", "conv2")
    assert found.code == 2
    assert "did you mean 'conv2d'?" in found.err


def test_fmt_changes_a_file_once(run: Callable) -> None:
    file = Path("x.space")
    file.write_text("space x\nx=1|2#two\n")
    assert run("fmt", "x.space", "--check").code == 1
    assert file.read_text() == "space x\nx=1|2#two\n"
    assert run("fmt", "x.space").out == "changed x.space\n"
    assert file.read_text() == "space x\nx = 1 | 2  #two\n"
    assert run("fmt", "x.space", "--check").code == 0


def test_fmt_leaves_a_file_it_cannot_read_alone(run: Callable) -> None:
    file = Path("x.space")
    file.write_bytes(b"x = $\n")
    found = run("fmt", "x.space")
    assert (found.code, file.read_bytes()) == (2, b"x = $\n")
    assert "E102" in found.err


def test_the_examples_are_formatted(run: Callable) -> None:
    assert run("fmt", "examples/digits.space", "--check").code == 0


def test_a_command_that_does_not_exist_is_answered_with_the_nearest(run: Callable) -> None:
    result = run("chek", "net.space")
    assert result.code == 2 and "did you mean 'check'?" in result.err
