"""Supernets of whole spaces: 200 random candidates and one-hot mixtures equal their standalone networks, in float64."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import symbolic as sym
from backends.supernet.refusal import Refusal
from backends.supernet.shared import SharedNetwork, share
from backends.supernet.verify import INSIDE, prove
from symbolic import registry
from symbolic.errors import SpaceError
from symbolic.points import Mixture
from symbolic.shapes import image
from symbolic.space import Space
from symbolic.table.options import Options
from symbolic.table.sample import sample
from symbolic.task import TaskFacts

EXAMPLES = Path(__file__).parents[3] / "examples"
FACTS = TaskFacts("tiny", image(3, 4, 4), {"classes": 4})


def digits_space(form: str) -> Space:
    if form == "file":
        return sym.load(str(EXAMPLES / "digits.space"))
    return sym.load(f"{EXAMPLES / 'digits.py'}:Net")


@pytest.fixture(params=["file", "class"], scope="module")
def digits(request: pytest.FixtureRequest) -> SharedNetwork:
    return share(digits_space(request.param), registry.get("tasks", "digits")().facts, seed=3)


def test_200_candidates_and_their_one_hot_mixtures_are_exact(digits: SharedNetwork) -> None:
    generator = np.random.default_rng(0)
    pool = sample(digits.columns.table, 200, generator)
    samples = [digits.columns.draw_of(pool[i], digits.standalone) for i in range(len(pool))]
    proof = prove(digits.supernet, torch.randn(3, 1, 8, 8), samples, samples)
    assert proof.sampled == 200 and proof.refused == {}
    assert set(proof.mixed) == digits.relaxable and set(proof.mixed.values()) == {INSIDE}


def test_both_forms_mix_the_same_number_of_decisions() -> None:
    found = [share(digits_space(form), registry.get("tasks", "digits")().facts) for form in ("file", "class")]
    assert len(found[0].relaxable) == len(found[1].relaxable) == 19
    sizes = [sorted(p.numel() for p in network.supernet.parameters) for network in found]
    assert sizes[0] == sizes[1]


def test_the_proof_chooses_every_value_of_every_decision(digits: SharedNetwork) -> None:
    samples, joint = digits.columns.samples(digits.standalone, np.random.default_rng(1))
    table = digits.columns.table
    held = {(path, code) for s in samples for path, code in s.codes.items()}
    assert held >= {(path, code) for path in digits.relaxable for code in range(int(table.card[table.where[path]]))}
    assert len(joint) == 8


def test_a_mixture_with_exact_vertices_is_that_candidate(digits: SharedNetwork) -> None:
    options = Options(digits.columns.table)
    point = sample(digits.columns.table, 1, np.random.default_rng(2))[0]
    weights = options.one_hot(point)
    for column in np.flatnonzero((options.card > 0) & (point.index < 0)):
        weights[options.start[column]] = 1.0
    x = torch.randn(4, 1, 8, 8)
    with torch.no_grad():
        mixed = digits.set(Mixture(weights)).eval()(x)
        plain = digits.set(point).eval()(x)
    assert torch.equal(mixed, plain)


def test_initial_weights_follow_from_the_seed_alone(digits: SharedNetwork) -> None:
    torch.manual_seed(99)
    again = share(digits.space, digits.facts, seed=3).supernet.tensors()
    other = share(digits.space, digits.facts, seed=4).supernet.tensors()
    own = digits.supernet.tensors()
    assert all(torch.equal(own[name], again[name]) for name in own)
    assert any(not torch.equal(own[name], other[name]) for name in own)


def test_what_is_no_part_of_the_network_is_named_with_its_value() -> None:
    network = share(digits_space("file"), registry.get("tasks", "digits")().facts)
    assert network.unmixed["train/batch_size"] == "stays at 32: it is not part of the network"
    assert network.unmixed["model/dropout/rate"].startswith("stays at 0.25: a float has no options to mix")
    assert set(network.unmixed) | network.relaxable == set(network.columns.table.path)


def proved(text: str) -> SharedNetwork:
    head = "\n  >> global_avg_pool >> linear(classes)"
    space = sym.parse(f"space tiny version 1\n{text}{head}")
    return share(space, FACTS).proved(torch.randn(4, 3, 4, 4))


PROGRAMS = {
    "arithmetic": "model = { let w = 2..6 step 2; conv2d(w * 2) >> relu >> conv2d(w + 1, kernel: 1 | 3) }",
    "depthwise": "model = conv2d(4..8 step 4) >> depthwise_conv2d(3 | 5) >> batch_norm >> relu >> conv2d(4)",
    "mbconv": "model = conv2d(8) >> repeat 1..2 as body { mbconv(8, kernel: 3 | 5, expand: 1..3) }",
    "norms": "model = conv2d(8..16 step 8) >> group_norm(4) >> relu >> conv2d(8..16 step 8) >> instance_norm",
    "operators": "model = conv2d(4..8 step 4) >> (conv2d(6, kernel: 1 | 3) | sep_conv2d(6) | conv_bn(6) >> relu)",
    "shared kernel": "shared k = 1 | 3 | 5\nmodel = conv2d(4, kernel: k) >> relu >> conv2d(4, kernel: k)",
    "concat": "model = conv2d(2..4) >> concat { conv2d(1..3) } >> conv2d(4)",
    "nested": "model = conv2d(4) >> (skip | repeat 0..2 as deep { conv2d(4) >> (relu | gelu) })",
    "squeeze": "model = conv2d(8..16 step 8) >> squeeze_excite(2 | 4)",
    "grid of floats": "model = conv2d(4) >> dropout(0.0..0.4 step 0.2)",
    "counted by a let": "model = { let n = 1..3; conv2d(4) >> repeat n as body { conv2d(4) >> relu } }",
    "functions": "model = { let w = 2..8 step 2; conv2d(w) >> conv2d(max(3, w // 2)) >> relu >> conv2d(round(w * 0.7)) }",
    "geometric": "model = conv2d(4..16 times 2) >> relu",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_small_files_are_exact(name: str) -> None:
    network = proved(PROGRAMS[name])
    assert network.refused == {} and network.proof is not None
    assert set(network.proof.mixed.values()) == {INSIDE}


REFUSED = {
    "spatial": ("model = conv2d(4, stride: 1 | 2)", "stride 1 gives image"),
    "unlike shapes": ("model = conv2d(4) as small | conv2d(8) as large", "the options of `model` cannot be mixed"),
    "text": ('model = torch.nn::Conv2d(3, 4, 3, padding: 1, padding_mode: "zeros" | "reflect")', "steer Python code"),
    "a steering choice": (
        "model = { let deep = true | false; conv2d(4) >> (conv2d(4) if deep else conv2d(4, kernel: 1)) }",
        "one network",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_structure_that_cannot_be_mixed_is_refused(name: str) -> None:
    text, message = REFUSED[name]
    with pytest.raises((Refusal, SpaceError), match=message):
        proved(text)


def test_a_space_without_a_network_is_refused() -> None:
    with pytest.raises(Refusal, match="builds a number, not a torch module"):
        share(sym.parse("space s version 1\nmodel = 0.0..1.0"), None)
    with pytest.raises(Refusal, match=r"has 0 networks among its entries \(x, y\), and none is called `model`"):
        share(sym.parse("space s version 1\nx = 0.0..1.0\ny = 1..2"), None)
    with pytest.raises(Refusal, match="has 2 networks"):
        share(sym.parse("space s version 1\na = conv2d(4)\nb = conv2d(8)"), FACTS)
    with pytest.raises(Refusal, match="has no parameters"):
        share(sym.parse("space s version 1\nmodel = relu | gelu"), FACTS)


def test_the_only_network_need_not_be_called_model() -> None:
    network = share(sym.parse("space s version 1\nnet = conv2d(4..8) >> global_avg_pool\ntrain { lr: 0.1..0.2 }"), FACTS)
    assert network.entry == "net" and network.relaxable == {"net/conv2d/width"}


def test_weights_that_fit_no_mixture_are_refused(digits: SharedNetwork) -> None:
    count = Options(digits.columns.table).count
    with pytest.raises(Refusal, match="must not be negative and sum to 1"):
        digits.set(Mixture(np.zeros(count)))
    with pytest.raises(Refusal, match=f"a mixture of 3 weights for a space with {count} options"):
        digits.set(Mixture(np.ones(3)))
    with pytest.raises(Refusal, match="several draws"):
        digits.set(Mixture(np.ones((2, count))))


def test_a_decision_that_cannot_be_mixed_stops_mixtures_and_not_candidates(digits: SharedNetwork) -> None:
    path = sorted(digits.relaxable)[0]
    from attrs import evolve

    hard = evolve(digits, refused={path: "it is not exact"})
    with pytest.raises(Refusal, match="cannot be mixed: it is not exact"):
        hard.set(Mixture(Options(digits.columns.table).uniform()))
    assert isinstance(hard.set(sample(digits.columns.table, 1, np.random.default_rng(0))[0]), nn.Module)
