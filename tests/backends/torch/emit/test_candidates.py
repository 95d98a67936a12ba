"""`Candidate.source()`: dozens of candidates of the examples as plain PyTorch, and what is said where there is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import symbolic as sym
from backends.errors import TrainError
from symbolic.shapes import tokens
from symbolic.task import TaskFacts

EXAMPLES = Path(__file__).parents[4] / "examples"


@pytest.mark.parametrize("count", [4, pytest.param(40, marks=pytest.mark.slow)])
@pytest.mark.parametrize("target", ["digits.space", "digits.py:Net"])
def test_candidates_of_the_examples(target: str, count: int, executed: Callable, agree: Callable) -> None:
    space = sym.load(str(EXAMPLES / target))
    facts = sym.load(str(EXAMPLES / "digits.space"))
    for candidate in space.sample(count, 1):
        text = candidate.source(_facts(facts))
        assert "symbolic" not in text and "backends" not in text
        network = candidate.build()
        agree(network["model"] if isinstance(network, dict) else network, executed(text), torch.randn(3, 1, 8, 8))


def test_a_source_runs_where_this_library_is_not(alone: Callable) -> None:
    (candidate,) = sym.load(str(EXAMPLES / "digits.space")).sample(1)
    printed = alone(
        candidate.source(), "print(tuple(build()(torch.zeros(2, 1, 8, 8)).shape))".replace("torch.", "__import__('torch').")
    )
    assert printed == "(2, 10)"


def test_tokens_go_in_as_numbers() -> None:
    space = sym.parse(
        "space t\nmodel = embedding(4 | 6) >> pos_encoding >> transformer_block >> global_avg_pool >> linear(2)\n"
    )
    facts = TaskFacts("text", tokens(5), {"vocabulary": 11})
    assert "nn.Embedding(11, " in space.sample(1)[0].source(facts)


def test_where_there_is_no_task_or_no_network_it_says_so() -> None:
    with pytest.raises(TrainError, match="names no task, so the shape of an input is not known"):
        sym.parse("space t\nmodel = linear(2 | 3)\n").sample(1)[0].source()
    with pytest.raises(TrainError, match="builds no network"):
        sym.parse("space t\nx = 1..3\n").sample(1)[0].source()


def _facts(space: sym.Space) -> TaskFacts:
    from symbolic.building.build import task_facts

    facts = task_facts(space)
    assert facts is not None
    return facts
