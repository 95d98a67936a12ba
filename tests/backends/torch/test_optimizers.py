"""Recipes become torch's optimizers with the right arguments; the learning rate follows its schedule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import symbolic as sym
from backends.torch.operators.optimizers import NAMED, SGD, Adam, AdamW, Lion, RMSprop
from backends.torch.optimizers import learning_rate, make_optimizer, set_learning_rate
from backends.torch.record import Recipe, read_record
from backends.torch.tasks.digits import digits
from symbolic import registry


def recipe(**record: Any) -> Recipe:
    return read_record(record, digits().facts.train)


def made(**record: Any) -> dict[str, Any]:
    optimizer = make_optimizer(recipe(**record), [nn.Parameter(torch.zeros(2))])
    return {"class": type(optimizer).__name__, **optimizer.param_groups[0]}


def test_arguments_reach_torch() -> None:
    sgd = made(optimizer=SGD(momentum=0.6, weight_decay=0.01, nesterov=True), lr=0.2)
    assert (sgd["class"], sgd["lr"], sgd["momentum"], sgd["weight_decay"], sgd["nesterov"]) == ("SGD", 0.2, 0.6, 0.01, True)
    adam = made(optimizer=Adam(beta1=0.5, beta2=0.9, eps=1e-4))
    assert (adam["class"], adam["betas"], adam["eps"]) == ("Adam", (0.5, 0.9), 1e-4)
    adamw = made(optimizer=AdamW(weight_decay=0.3))
    assert (adamw["class"], adamw["weight_decay"]) == ("AdamW", 0.3)
    rmsprop = made(optimizer=RMSprop(alpha=0.9, momentum=0.1))
    assert (rmsprop["class"], rmsprop["alpha"], rmsprop["momentum"]) == ("RMSprop", 0.9, 0.1)


@pytest.mark.parametrize("name", NAMED)
def test_what_an_optimizer_leaves_out_is_the_records(name: str) -> None:
    group = made(optimizer=name, weight_decay=0.02, momentum=0.3)
    assert group["weight_decay"] == 0.02
    assert group.get("momentum", 0.3) == 0.3


@pytest.mark.parametrize("name", NAMED)
def test_descriptions_are_registered_as_values(name: str) -> None:
    described = registry.get("operators", name)
    assert described.signature.value and described.signature.name == name
    assert described().build(None) == NAMED[name]


def test_schedules() -> None:
    rates = {
        s: [learning_rate(recipe(lr=1.0, schedule=s), e, 8) for e in (0, 2, 4, 8)] for s in ("constant", "linear", "cosine")
    }
    assert rates["constant"] == [1.0] * 4
    assert rates["linear"] == pytest.approx([1.0, 0.75, 0.5, 0.0])
    assert rates["cosine"] == pytest.approx([1.0, 0.853553, 0.5, 0.0], abs=1e-6)


def test_warmup_rises_then_the_schedule_starts_at_the_top() -> None:
    warm = recipe(lr=1.0, schedule="linear", warmup=2)
    assert [learning_rate(warm, e, 6) for e in (0.5, 1, 2, 4, 6)] == pytest.approx([0.25, 0.5, 1.0, 0.5, 0.0])


def test_the_rate_reaches_every_group() -> None:
    optimizer = torch.optim.SGD([{"params": [nn.Parameter(torch.zeros(1))]}, {"params": [nn.Parameter(torch.zeros(1))]}], 1.0)
    set_learning_rate(optimizer, 0.125)
    assert [g["lr"] for g in optimizer.param_groups] == [0.125, 0.125]


def test_lion_follows_the_paper() -> None:
    weight = nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    optimizer = make_optimizer(recipe(optimizer=Lion(beta1=0.9, beta2=0.5, weight_decay=0.1), lr=0.01), [weight])
    expected, average = np.array([1.0, -2.0]), np.zeros(2)
    for gradient in (np.array([0.5, -3.0]), np.array([-0.01, 2.0])):
        weight.grad = torch.from_numpy(gradient)
        optimizer.step()
        expected = expected - 0.01 * (np.sign(0.9 * average + 0.1 * gradient) + 0.1 * expected)
        average = 0.5 * average + 0.5 * gradient
        assert weight.tolist() == pytest.approx(expected)


def test_lion_continues_from_a_checkpoint(run: Callable[..., Any], tmp_path: Path) -> None:
    record = "train { optimizer: lion(beta1: 0.8..0.95), lr: 0.003, epochs: fidelity 1..3 }"
    space = sym.parse(f"space s\ntask digits\nmodel = flatten >> linear(32) >> relu >> linear(classes)\n{record}\n")
    values = {"train/optimizer/beta1": 0.9}
    whole = run(space, values)
    assert whole.metrics["accuracy"] > 0.8, whole.failure
    run(space, values, fidelity=1.0, folder=tmp_path)
    assert run(space, values, number=1, continue_from=0, roots={1: 0}, folder=tmp_path).metrics == whole.metrics
