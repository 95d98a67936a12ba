"""Annotated programs: what their supernets hold, and where each decision is mixed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import symbolic as sym
from backends.supernet.shared import SharedNetwork, share
from backends.supernet.verify import INSIDE as HERE
from backends.supernet.verify import prove
from symbolic.shapes import image
from symbolic.table.sample import sample
from symbolic.task import TaskFacts

FACTS = TaskFacts("tiny", image(3, 4, 4), {"classes": 4})


def proved(program: Callable[..., Any]) -> SharedNetwork:
    return share(sym.space(program), FACTS).proved(torch.randn(4, 3, 4, 4))


@pytest.mark.parametrize("name", ["Nested", "Functional", "Branches"])
def test_programs_are_mixed_inside(programs: Any, name: str) -> None:
    network = proved(getattr(programs, name))
    assert network.refused == {} and network.proof is not None
    assert set(network.proof.mixed.values()) == {HERE}
    assert network.relaxable == set(network.columns.table.path)


def test_a_users_loop_moves_its_depth_outwards(programs: Any) -> None:
    network = proved(programs.Vectors)
    assert network.refused == {} and network.proof is not None
    outside = {path: place for path, place in network.proof.mixed.items() if place != HERE}
    assert outside == {"model/layers": "at the output of `the network`"}
    assert network.notes() == ("model/layers is mixed at the output of `the network`, which runs 3 times in a mixture",)


@pytest.mark.parametrize("name", ["Nested", "Functional", "Branches", "Vectors"])
def test_random_candidates_are_exact(programs: Any, name: str) -> None:
    network = share(sym.space(getattr(programs, name)), FACTS)
    pool = sample(network.columns.table, 40, np.random.default_rng(5))
    samples = [network.columns.draw_of(pool[i], network.standalone) for i in range(len(pool))]
    assert prove(network.supernet, torch.randn(2, 3, 4, 4), samples).sampled == 40


def test_a_program_with_fixed_decisions_is_held(programs: Any) -> None:
    space = sym.space(programs.Dropped)
    whole = share(space, FACTS)
    assert whole.unmixed["model/rate"].startswith("stays at 0.25: a float has no options to mix")
    frozen = share(space.freeze({"model/rate": 0.125}), FACTS).proved(torch.randn(4, 3, 4, 4))
    assert frozen.relaxable == {"model/act"} and frozen.unmixed == {} and frozen.refused == {}
    assert frozen.supernet.network.layers[2].p == 0.125  # type: ignore[index, union-attr]
