"""A network from elsewhere, edited into a space, is an exact supernet: torchvision's resnet18, and searched as any other."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torchvision.models import resnet18  # type: ignore[import-untyped]

import symbolic as sym
from backends.supernet.shared import share
from backends.supernet.verify import INSIDE, prove
from symbolic.shapes import image
from symbolic.table.sample import sample
from symbolic.task import TaskFacts


def test_an_edited_resnet_is_an_exact_supernet() -> None:
    kernels = {
        "k3": sym.call(nn.Conv2d, 64, 128, 3, stride=2, padding=1, bias=False),
        "k1": sym.call(nn.Conv2d, 64, 128, 1, stride=2, bias=False),
    }
    edits = {
        "conv1": sym.call(nn.Conv2d, 1, 64, 3, padding=1, bias=False),
        "maxpool": sym.OneOf(nn.Identity, sym.call(nn.MaxPool2d, 3, stride=1, padding=1)),
        "layer1.0.relu": sym.OneOf(nn.ReLU, nn.GELU),
        "layer2.0.conv1": sym.OneOf(kernels),
        "layer3": nn.Identity,
        "layer4": nn.Identity,
        "fc": sym.call(nn.Linear, 128, 4),
    }
    space = sym.space(sym.call(resnet18).edit(edits))
    shared = share(space, TaskFacts("tiny", image(1, 8, 8), {"classes": 4}), seed=3)
    pool = sample(shared.columns.table, 6, np.random.default_rng(0))
    samples = [shared.columns.draw_of(pool[i], shared.standalone) for i in range(len(pool))]
    proof = prove(shared.supernet, torch.randn(2, 1, 8, 8), samples, samples)
    assert proof.sampled == 6 and proof.refused == {}
    paths = {"model/parts/maxpool", "model/parts/layer1.0.relu", "model/parts/layer2.0.conv1"}
    assert proof.mixed.keys() == paths == shared.relaxable and set(proof.mixed.values()) == {INSIDE}
