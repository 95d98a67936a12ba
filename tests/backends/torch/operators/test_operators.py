"""Every operator: its shape rule is the shape of what it builds, over its arguments; what does not fit is E602."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from torch import nn

from symbolic import parse, registry
from symbolic.building.build import build
from symbolic.building.values import Values
from symbolic.errors import SpaceError
from symbolic.shapes import Shape, features, image, sequence, tokens
from symbolic.task import TaskFacts

IMAGES = [image(4, 7, 6), image(8, 8, 8)]
VECTORS = [features(8)]
SEQUENCES = [sequence(5, 8)]
ANY = IMAGES + VECTORS + SEQUENCES
STRIDES = {"stride": [1, 2, 3]}

GRID: dict[str, tuple[list[Shape], dict[str, list[Any]]]] = {
    "conv2d": (IMAGES, {"width": [None, 6], "kernel": [1, 2, 3, 4, 5], **STRIDES, "dilation": [1, 2], "bias": [True, False]}),
    "conv1d": (SEQUENCES, {"width": [None, 6], "kernel": [1, 2, 3, 4, 5], **STRIDES, "dilation": [1, 2]}),
    "depthwise_conv2d": (IMAGES, {"kernel": [2, 3], **STRIDES, "base": [1, 2, 4]}),
    "sep_conv2d": (IMAGES, {"width": [None, 6], "kernel": [2, 3, 5], **STRIDES}),
    "dil_conv2d": (IMAGES, {"width": [None, 6], "kernel": [3, 5], **STRIDES, "dilation": [1, 2, 3]}),
    "conv_bn": (IMAGES, {"width": [None, 6], "kernel": [1, 3, 4], **STRIDES}),
    "nor_conv": (IMAGES, {"width": [None, 6], "kernel": [1, 3], **STRIDES}),
    "resnet_basic": (IMAGES, {"width": [None, 6], **STRIDES}),
    "bottleneck": (IMAGES, {"reduce": [2], "middle": [3], "width": [4, 6], **STRIDES}),
    "mbconv": (IMAGES, {"width": [None, 6], "kernel": [3, 5], "expand": [1, 3], **STRIDES}),
    "squeeze_excite": (IMAGES, {"reduction": [1, 4]}),
    "max_pool": (IMAGES + SEQUENCES, {"kernel": [1, 2, 3, 4], "stride": [None, 1, 2, 3]}),
    "avg_pool": (IMAGES + SEQUENCES, {"kernel": [1, 2, 3, 4], "stride": [None, 1, 2, 3]}),
    "global_avg_pool": (IMAGES + SEQUENCES, {}),
    "global_max_pool": (IMAGES + SEQUENCES, {}),
    "batch_norm": (ANY, {"affine": [True, False]}),
    "layer_norm": (ANY, {"affine": [True, False]}),
    "group_norm": (IMAGES + VECTORS, {"groups": [1, 2, 4]}),
    "instance_norm": (IMAGES, {"affine": [True, False]}),
    "rms_norm": (VECTORS + SEQUENCES, {}),
    "linear": (VECTORS + SEQUENCES, {"width": [1, 6], "bias": [True, False]}),
    "embedding": ([tokens(5)], {"width": [6], "vocabulary": [11]}),
    "flatten": (ANY, {}),
    "dropout": (ANY, {"rate": [0.0, 0.5, 1.0]}),
    "drop_path": (ANY, {"rate": [0.0, 0.5]}),
    "softmax": (ANY, {}),
    "upsample": (IMAGES, {"scale": [1, 2, 3], "mode": ["nearest", "bilinear"]}),
    "conv_transpose2d": (IMAGES, {"width": [None, 6], "kernel": [3, 5], "stride": [1, 2, 3], "bias": [True, False]}),
    "adaptive_avg_pool": (IMAGES + SEQUENCES, {"size": [1, 2, 3]}),
    "adaptive_max_pool": (IMAGES + SEQUENCES, {"size": [1, 2, 3]}),
    "reshape": ([image(4, 6, 5), sequence(10, 12), features(120)], {"first": [8], "second": [5], "third": [3]}),
    "to_sequence": (IMAGES, {}),
    "lstm": (SEQUENCES, {"width": [1, 6], "bidirectional": [True, False]}),
    "gru": (SEQUENCES, {"width": [1, 6], "bidirectional": [True, False]}),
    "attention": (SEQUENCES, {"heads": [1, 2, 4], "qkv": [None, 4, 6, 12], "causal": [False, True]}),
    "transformer_block": (SEQUENCES, {"width": [None, 8], "heads": [2, 4], "mlp_ratio": [0.5, 3.3], "qkv": [None, 12]}),
    "pos_encoding": (SEQUENCES, {"kind": ["learned", "sine"]}),
    "patch_embed": ([image(4, 8, 4)], {"width": [1, 6], "patch": [1, 2, 4]}),
    "skip": (IMAGES, {"width": [None, 4, 6], **STRIDES}),
    "zero": (IMAGES, {"width": [None, 4, 6], **STRIDES}),
    "none_op": (ANY, {}),
    "identity": (ANY, {}),
}
ACTIVATIONS = ["relu", "leaky_relu", "gelu", "silu", "mish", "hardswish", "elu", "tanh", "sigmoid"]
ACTIVATIONS += ["relu6", "selu", "softplus", "hardsigmoid", "prelu"]
BODIES = ["sequence", "residual", "concat", "dag", "stack"]
GRAPHS = ["add", "dense", "edges", "edit"]  # with the others of their file in test_graphs
CASES = [
    (name, s, dict(zip(arguments, values, strict=True)))
    for name, (shapes, arguments) in {**GRID, **{name: (ANY, {}) for name in ACTIVATIONS}}.items()
    for s in shapes
    for values in itertools.product(*arguments.values())
]


def zeros(s: Shape) -> torch.Tensor:
    return torch.zeros(3, *s.axes, dtype=torch.int64 if s.kind == "tokens" else torch.float32)


def test_every_layer_operator_is_in_the_grid() -> None:
    layers = {n for n in registry.entries("operators") if not registry.get("operators", n).signature.value}
    assert layers == {*GRID, *ACTIVATIONS, *BODIES, *GRAPHS}


@pytest.mark.parametrize("name", [*GRID, *ACTIVATIONS])
def test_shape_rule_is_the_shape_of_the_output(name: str) -> None:
    for operator, s, arguments in CASES:
        if operator != name:
            continue
        op = registry.get("operators", name)(**arguments)
        with torch.no_grad():
            out = op.build(s)(zeros(s))
        assert tuple(out.shape) == (3, *op.shape(s).axes), (arguments, s)
        assert all(type(n) is int for n in op.shape(s).axes)


@pytest.mark.parametrize("name", [*GRID, *ACTIVATIONS, *BODIES, *GRAPHS])
def test_signature_tells_name_and_documentation(name: str) -> None:
    signature = registry.get("operators", name).signature
    assert signature.name == name
    assert signature.doc
    assert signature.body == (name in BODIES)


def body_of(width: int, stride: int = 1) -> Any:
    conv = registry.get("operators", "conv2d")(width, stride=stride)

    def build(s: Shape) -> tuple[nn.Module, Shape]:
        return conv.build(s), conv.shape(s)

    return build, conv.shape


@pytest.mark.parametrize(("width", "stride"), [(4, 1), (6, 1), (6, 2), (4, 3)])
def test_residual_projects_where_it_is_asked_to(width: int, stride: int) -> None:
    op, (build, shape) = registry.get("operators", "residual")(project=True), body_of(width, stride)
    for s in (image(4, 7, 6), image(4, 9, 9)):
        module, out = op.build(s, build)
        assert out.axes == op.shape(s, shape).axes == tuple(module(zeros(s)).shape[1:])
        assert (module.shortcut is None) == (out == s)


def test_residual_adds_its_input() -> None:
    module, _ = registry.get("operators", "residual")().build(features(3), lambda s: (nn.Identity(), s))
    x = torch.randn(2, 3)
    assert torch.equal(module(x), 2 * x)


def test_concat_puts_the_output_behind_the_input() -> None:
    op = registry.get("operators", "concat")()
    build, shape = body_of(6)
    s = image(4, 5, 5)
    module, out = op.build(s, build)
    x = torch.randn(2, *s.axes)
    assert out.axes == op.shape(s, shape).axes == (10, 5, 5)
    assert torch.equal(module(x)[:, :4], x)
    for vector in (features(3), sequence(4, 3)):
        module, out = op.build(vector, lambda s: (nn.Identity(), s))
        assert tuple(module(zeros(vector)).shape[1:]) == out.axes


def test_even_kernel_equals_padding_by_hand() -> None:
    layer = registry.get("operators", "conv2d")(2, kernel=4).build(image(1, 6, 6))
    x = torch.randn(1, 1, 6, 6)
    by_hand = nn.functional.conv2d(nn.functional.pad(x, (1, 2, 1, 2)), layer[1].weight, layer[1].bias)
    assert torch.equal(layer(x), by_hand)


def test_self_attention_equals_the_one_of_torch() -> None:
    layer = registry.get("operators", "attention")(heads=2).build(sequence(5, 8))
    torch_s = nn.MultiheadAttention(8, 2, batch_first=True)
    with torch.no_grad():
        torch_s.in_proj_weight.copy_(torch.cat([m.weight for m in (layer.query, layer.key, layer.value)]))
        torch_s.in_proj_bias.copy_(torch.cat([m.bias for m in (layer.query, layer.key, layer.value)]))
        torch_s.out_proj.load_state_dict(layer.out.state_dict())
    x = torch.randn(3, 5, 8)
    assert torch.allclose(layer(x), torch_s(x, x, x)[0], atol=1e-6)


def test_drop_path_keeps_the_mean_and_drops_whole_examples() -> None:
    layer = registry.get("operators", "drop_path")(0.25).build(features(4))
    x = torch.ones(4000, 4)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        y = layer(x)
    assert y.unique().tolist() == pytest.approx([0.0, 4 / 3])
    assert bool((y == y[:, :1]).all())
    assert abs(float(y.mean()) - 1) < 0.05
    assert layer.eval()(x) is x


@pytest.mark.parametrize(("kernel", "stride"), [(2, 2), (3, 2), (4, 2), (3, 3), (4, 3), (3, 1)])
def test_transposed_convolution_multiplies_the_size(kernel: int, stride: int) -> None:
    op, s = registry.get("operators", "conv_transpose2d")(6, kernel, stride), image(4, 5, 7)
    assert tuple(op.build(s)(zeros(s)).shape[1:]) == op.shape(s).axes == (6, 5 * stride, 7 * stride)


def test_average_pool_does_not_count_its_padding() -> None:
    layer = registry.get("operators", "avg_pool")(3, stride=1).build(image(1, 4, 4))
    assert torch.equal(layer(torch.ones(1, 1, 4, 4)), torch.ones(1, 1, 4, 4))


REFUSED: dict[str, tuple[str, dict[str, Any], Shape]] = {
    "conv2d needs an image, got features (8)": ("conv2d", {"width": 4}, features(8)),
    "conv2d needs width to be at least 1, got 0": ("conv2d", {"width": 0}, image(4, 8, 8)),
    "conv2d cannot split 4 input channels into 3 groups (input: image (4, 8, 8))": (
        "conv2d",
        {"width": 6, "groups": 3},
        image(4, 8, 8),
    ),
    "the window of max_pool, 3 wide, does not fit into image (4, 2, 2)": ("max_pool", {"kernel": 3}, image(4, 2, 2)),
    "linear needs features or a sequence, got image (4, 8, 8)": ("linear", {"width": 4}, image(4, 8, 8)),
    "dropout needs a rate from 0 to 1, got 1.5": ("dropout", {"rate": 1.5}, features(4)),
    "skip changes the width or size of images only, got features (4)": ("skip", {"width": 4}, features(4)),
    "embedding needs tokens, got features (4)": ("embedding", {"width": 4, "vocabulary": 9}, features(4)),
    "attention cannot split 8 features of query, key and value into 3 groups (input: sequence (5, 8))": (
        "attention",
        {"heads": 3},
        sequence(5, 8),
    ),
    "patch_embed cannot cut image (4, 6, 6) into patches of 4 x 4": ("patch_embed", {"width": 4, "patch": 4}, image(4, 6, 6)),
    "transformer_block keeps its width, got sequence (5, 8) and width 6": ("transformer_block", {"width": 6}, sequence(5, 8)),
    "upsample has the modes nearest and bilinear, got 'cubic'": ("upsample", {"mode": "cubic"}, image(4, 6, 6)),
    "conv_transpose2d with stride 2 cannot have the kernel 1": ("conv_transpose2d", {"kernel": 1}, image(4, 6, 6)),
    "conv_transpose2d with stride 1 cannot have the kernel 4": (
        "conv_transpose2d",
        {"kernel": 4, "stride": 1},
        image(4, 6, 6),
    ),
    "group_norm cannot split 6 channels into 4 groups (input: features (6))": ("group_norm", {"groups": 4}, features(6)),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_does_not_fit_is_e602(message: str) -> None:
    name, arguments, s = REFUSED[message]
    with pytest.raises(SpaceError) as caught:
        registry.get("operators", name)(**arguments).shape(s)
    assert (caught.value.code, caught.value.message) == ("E602", message)


def test_embedding_takes_the_vocabulary_of_the_task() -> None:
    space = parse("space t\nmodel = embedding(4 | 6) >> global_avg_pool >> linear(2)\n")
    point = space.sample(1)[0].point
    net = build(space, Values(space.lower(), point), TaskFacts("text", tokens(5), {"vocabulary": 11}))["model"]
    assert net(torch.zeros(3, 5, dtype=torch.int64)).shape == (3, 2)
    with pytest.raises(SpaceError, match="embedding needs the argument vocabulary"):
        build(space, Values(space.lower(), point), TaskFacts("text", tokens(5)))


def test_residual_refuses_another_shape() -> None:
    _, shape = body_of(6)
    with pytest.raises(SpaceError, match=r"residual must keep the shape, got image \(4, 8, 8\) -> image \(6, 8, 8\)"):
        registry.get("operators", "residual")().shape(image(4, 8, 8), shape)
