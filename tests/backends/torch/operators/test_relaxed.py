"""Every operator inside a supernet: with searched widths and kernels it equals the standalone network (the proof, 1e-10)."""

from __future__ import annotations

import re

import pytest
import torch

from backends.supernet.refusal import Refusal
from backends.supernet.shared import share
from symbolic import parse, registry
from symbolic.errors import SymspaceError
from symbolic.shapes import image, sequence, tokens
from symbolic.task import TaskFacts

FACTS = TaskFacts("test", image(2, 6, 6), {"classes": 3})
HEAD = "global_avg_pool >> linear(classes)"

MIXED = {
    "conv2d": f"conv2d(4 | 6, kernel: 1 | 3 | 5) >> {HEAD}",
    "conv2d_dilation": f"conv2d(4, dilation: 1 | 2) >> {HEAD}",
    "depthwise_conv2d": f"depthwise_conv2d(3 | 5) >> {HEAD}",
    "depthwise_base": f"depthwise_conv2d(3, base: 2) >> {HEAD}",
    "sep_conv2d": f"sep_conv2d(4 | 6, 3 | 5) >> {HEAD}",
    "dil_conv2d": f"dil_conv2d(4 | 6, 3 | 5) >> {HEAD}",
    "conv_bn": f"conv_bn(4 | 6, 1 | 3) >> {HEAD}",
    "nor_conv": f"nor_conv(4 | 6, 1 | 3) >> {HEAD}",
    "resnet_basic": f"resnet_basic >> resnet_basic(6, stride: 2) >> {HEAD}",
    "bottleneck": f"bottleneck(2 | 4, 2 | 4, 8) >> {HEAD}",
    "mbconv": f"mbconv(8, kernel: 3 | 5, expand: 1 | 2) >> {HEAD}",
    "squeeze_excite": f"squeeze_excite(2) >> {HEAD}",
    "batch_norm": f"batch_norm >> gelu >> {HEAD}",
    "layer_norm": "layer_norm >> tanh >> flatten >> linear(4 | 6) >> layer_norm >> linear(classes)",
    "group_norm": f"group_norm(2) >> silu >> {HEAD}",
    "instance_norm": f"instance_norm >> mish >> {HEAD}",
    "rms_norm": "flatten >> linear(4 | 6) >> rms_norm >> linear(classes)",
    "pools": f"max_pool(2) >> avg_pool(3, stride: 1) >> {HEAD}",
    "global_max_pool": "global_max_pool >> linear(classes)",
    "skip": f"(skip | zero | relu | conv2d | residual {{ conv2d(kernel: 1) }}) >> {HEAD}",
    "concat": f"concat {{ conv2d(2 | 4) }} >> {HEAD}",
    "resizing": f"upsample(2) >> conv_transpose2d(4 | 6) >> adaptive_avg_pool(3) >> {HEAD}",
    "adaptive_max_pool": f"adaptive_max_pool(2) >> {HEAD}",
    "reshape": "flatten >> linear(12) >> reshape(3, 2, 2) >> conv2d(4 | 6) >> global_avg_pool >> linear(classes)",
    "to_sequence": f"to_sequence >> linear(4 | 6) >> {HEAD}",
    "patch_embed": f"patch_embed(4 | 6, patch: 3) >> {HEAD}",
    "activations": f"(elu | sigmoid | tanh | hardswish | none_op | identity | dropout(0.2)) >> softmax >> {HEAD}",
    "prelu": f"(prelu | selu | softplus | relu6 | hardsigmoid) >> {HEAD}",
    "drop_path": f"residual {{ conv2d >> drop_path(0.2) }} >> {HEAD}",
    "repeat": f"repeat 0..2 {{ residual {{ conv2d(kernel: 1 | 3) }} >> leaky_relu }} >> {HEAD}",
}


@pytest.mark.parametrize("name", MIXED)
def test_a_supernet_equals_the_networks_it_stands_for(name: str) -> None:
    space = parse(f"space t\nmodel = conv2d(4 | 6) >> {MIXED[name]}\n")
    shared = share(space, FACTS).proved(torch.randn(3, 2, 6, 6, generator=torch.Generator().manual_seed(0)))
    assert shared.proof is not None
    assert not shared.refused


SEQUENCE = TaskFacts("sequence", sequence(4, 3), {"classes": 3})
SEQUENCES = {
    "lstm": "linear(4 | 6) >> lstm(2 | 4)",
    "bidirectional": "linear(4 | 6) >> gru(2 | 4, bidirectional: true)",
    "attention": "linear(4 | 8) >> attention(heads: 2, qkv: 4 | 8)",
    "causal": "linear(4 | 8) >> attention(heads: 2, causal: true) >> max_pool(2)",
    "sine": 'linear(4) >> pos_encoding("sine") >> linear(4 | 6) >> adaptive_avg_pool(2)',
    "heads": "linear(4) >> attention(heads: 1 | 2)",
    "transformer_block": "linear(4 | 8) >> pos_encoding >> transformer_block(heads: 2, mlp_ratio: 2.0 | 3.5)",
    "convolution": "linear(4 | 6) >> batch_norm >> conv1d(4 | 6, 1 | 3) >> layer_norm",
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_a_supernet_over_sequences_equals_the_networks_it_stands_for(name: str) -> None:
    space = parse(f"space t\nmodel = {SEQUENCES[name]} >> {HEAD}\n")
    shared = share(space, SEQUENCE).proved(torch.randn(3, 4, 3, generator=torch.Generator().manual_seed(0)))
    assert shared.proof is not None
    assert not shared.refused


def test_every_layer_operator_is_in_a_supernet() -> None:
    graphs = {"dag", "dense", "edges", "stack", "add", "edit", "sequence"}  # in test_graphs; `edit` is refused
    tried = set(re.findall(r"[a-z_0-9]+", " ".join([*MIXED.values(), *SEQUENCES.values(), *TOKENS.values()])))
    layers = {n for n in registry.entries("operators") if not registry.get("operators", n).signature.value}
    assert layers - graphs <= tried


TEXT = TaskFacts("text", tokens(5), {"classes": 3, "vocabulary": 7})
TOKENS = {"embedding": "embedding(4 | 6) >> gru(4)"}


@pytest.mark.parametrize("name", TOKENS)
def test_a_supernet_over_tokens_equals_the_networks_it_stands_for(name: str) -> None:
    space = parse(f"space t\nmodel = {TOKENS[name]} >> {HEAD}\n")
    shared = share(space, TEXT).proved(torch.randint(0, 7, (3, 5), generator=torch.Generator().manual_seed(0)))
    assert shared.proof is not None
    assert not shared.refused


REFUSED = {
    "skip(6)": (Refusal, "comparison that differs between candidates: `model/conv2d/width`"),
    "resnet_basic(4 | 6)": (Refusal, "comparison that differs between candidates"),
    "mbconv(4 | 6)": (Refusal, "comparison that differs between candidates"),
    "conv2d(6, groups: 1 | 2)": (Refusal, "comparison that differs between candidates: `model/conv2d#2/groups`"),
    "conv2d(6, kernel: 2 | 4)": (Refusal, "truth value that differs between candidates"),
    "conv2d(6, stride: 1 | 2)": (SymspaceError, "stride 1 gives image .*, stride 2 gives image"),
    "max_pool(2 | 3)": (SymspaceError, "kernel 2 gives image .*, kernel 3 gives image"),
    "(conv2d(4) as a | conv2d(6) as b)": (SymspaceError, "a gives image .*, b gives image"),
}


@pytest.mark.parametrize("layer", REFUSED)
def test_structure_that_differs_between_candidates_is_refused(layer: str) -> None:
    error, message = REFUSED[layer]
    with pytest.raises(error, match=message):
        share(parse(f"space t\nmodel = conv2d(4 | 6) >> {layer} >> {HEAD}\n"), FACTS)
