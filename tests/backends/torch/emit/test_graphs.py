"""Networks that are no plain sequence: cells, dense graphs, stacks, skips by name, shared weights; and the spaces we ship."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from torch import nn

import symbolic as sym
from backends.torch.emit.candidate import example
from backends.torch.train_network import construct
from symbolic.candidate import Candidate
from symbolic.errors import SpaceError
from symbolic.shapes import features, image, tokens
from symbolic.task import TaskFacts

SPACES = Path(__file__).parents[4] / "examples" / "spaces"
IMAGES = TaskFacts("images", image(3, 8, 8), {"classes": 3})
TEXTS = TaskFacts("texts", tokens(6), {"vocabulary": 11, "classes": 3})
VECTORS = TaskFacts("vectors", features(8), {"classes": 3})
FORMS = {
    "dag": (IMAGES, "conv_bn(4) >> dag(nodes: 3) { zero | skip | nor_conv(kernel: 3) | avg_pool(3) } >> global_avg_pool"),
    "dag with picks": (IMAGES, 'conv_bn(4) >> dag(nodes: 3, picks: 1, output: "concat") { skip | relu } >> global_avg_pool'),
    "cells": (
        IMAGES,
        'conv_bn(4) >> stack { repeat 2 { dag(inputs: 2, nodes: 2, picks: 2, output: "mean", width: 4) { skip | max_pool(3) } }'
        ' >> dag(inputs: 2, nodes: 2, output: "sum", width: 8, stride: 2) { skip | avg_pool(3) } } >> global_avg_pool',
    ),
    "dense": (VECTORS, "linear(4) >> dense(edges(relu), edges(linear(4), skip | zero), edges(relu, zero, tanh))"),
    "stack": (IMAGES, "conv2d(4) >> stack { repeat 2 { conv2d(4) >> relu } >> add(back: 2 | 3) } >> global_avg_pool"),
    "add back": (VECTORS, "linear(4) >> repeat 1..3 { linear(4) >> add(back: 1 | 2) }"),
    "add by name": (VECTORS, "linear(4) as early >> (relu | tanh) >> add(early)"),
    "skip by name": (IMAGES, "conv2d(4) as early >> max_pool(2) >> conv2d(4) >> upsample(2) >> concat(early) >> flatten"),
    "tied": (TEXTS, "embedding(4) as words >> gru(4) >> linear(11, weight: words) >> global_avg_pool"),
}
SMALL = ("dnc_mlp", "naap440", "unet")
LARGE = ("autoformer", "darts", "nats_size", "nb201", "ofa", "resnet_tas")


def drawn(space: sym.Space, facts: TaskFacts, n: int) -> list[tuple[Candidate, nn.Module]]:
    """Candidates that build, with their networks."""
    found: list[tuple[Candidate, nn.Module]] = []
    for candidate in space.sample(20, 1):
        try:
            found.append((candidate, construct(space, candidate.point, facts, {}).network))
        except SpaceError:
            continue  # shapes of this candidate do not fit
        if len(found) == n:
            break
    assert found
    return found


@pytest.mark.parametrize("form", FORMS)
def test_forms(form: str, executed: Callable, agree: Callable) -> None:
    facts, model = FORMS[form]
    space = sym.parse(f"space s\nmodel = {model} >> linear(classes)\n")
    for candidate, network in drawn(space, facts, 3):
        text = candidate.source(facts)
        assert not any(name in text for name in ("symbolic", "backends", "algorithms"))
        made = executed(text)
        assert made.state_dict().keys() == network.state_dict().keys()
        agree(network, made, example(facts))


@pytest.mark.parametrize("form", FORMS)
def test_forms_as_spaces_without_choices(form: str, agree: Callable) -> None:
    facts, model = FORMS[form]
    space = sym.parse(f"space s\nmodel = {model} >> linear(classes)\n")
    for candidate, network in drawn(space, facts, 3):
        plain = sym.parse(candidate.plain().text())
        assert len(plain.lower()) == 0
        assert bool(plain.edits) <= (form in ("dag", "dag with picks", "cells", "stack", "add back"))
        made = construct(plain, plain.default().point, facts, {}).network
        assert made.state_dict().keys() == network.state_dict().keys()
        agree(network, made, example(facts))


def test_shared_weights_stay_shared(executed: Callable) -> None:
    facts, model = FORMS["tied"]
    made = executed(sym.parse(f"space s\nmodel = {model}\n").default().source(facts))
    assert made[0].weight is made[2].weight


def check_space(name: str, facts: TaskFacts, executed: Callable, agree: Callable) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        space = sym.load(str(SPACES / f"{name}.space"))
    for candidate, network in drawn(space, facts, 1):
        agree(network, executed(candidate.source(facts)), example(facts))


@pytest.mark.parametrize("name", SMALL)
def test_spaces_that_are_shipped(name: str, executed: Callable, agree: Callable) -> None:
    check_space(name, TaskFacts("images", image(3, 16, 16), {"classes": 3}), executed, agree)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_large_spaces_that_are_shipped(name: str, executed: Callable, agree: Callable) -> None:
    check_space(name, TaskFacts("images", image(3, 32, 32), {"classes": 3}), executed, agree)


def small() -> nn.Module:
    return nn.Sequential(nn.Linear(8, 4), nn.ReLU())


def test_an_edited_network(executed: Callable, agree: Callable) -> None:
    space = sym.space(sym.call(small).edit({"1": sym.OneOf(nn.Tanh, nn.GELU)}))
    for candidate, network in drawn(space, VECTORS, 2):
        agree(network, executed(candidate.source(VECTORS)), example(VECTORS))
