"""Operators to parse with, and the example spaces."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from symbolic.operators import Parameter, Signature

_SIGNATURES = """
conv2d(width: int, kernel: int = 3, stride: int = 1, groups: int = 1, dilation: int = 1, bias: bool = true)
linear(width: int, bias: bool = true)
dropout(rate: float)
max_pool(kernel: int, stride: int = 1)
sgd(lr: float = 0.1, momentum: float = 0.0)
adamw(lr: float = 0.1, weight_decay: float = 0.0)
branch(a: module, b: module)
tied(weight: weights, extra: any = 0)
residual() body
relu()
gelu()
silu()
tanh()
skip()
batch_norm()
global_avg_pool()
"""


def _signature(line: str) -> Signature:
    """Read `name(a: int, b: float = 0.1) body`."""
    name, _, rest = line.partition("(")
    inside, _, after = rest.partition(")")
    parameters = []
    for part in filter(None, (p.strip() for p in inside.split(","))):
        declared, _, default = part.partition(" = ")
        key, _, kind = declared.partition(": ")
        parameters.append(Parameter(key, kind, not default, default or None))
    return Signature(name, tuple(parameters), "body" in after)


SIGNATURES: dict[str, Signature | None] = {s.name: s for s in map(_signature, _SIGNATURES.strip().splitlines())}

_LOOSE = """
    zero identity hardswish mish leaky_relu softmax layer_norm instance_norm conv_bn dense edges stack bottleneck avg_pool
    sep_conv2d dil_conv2d depthwise_conv2d concat add clone2 clone4 clone8 dot permute im2col col2im pos_encoding adam none_op
    nor_conv dnet_node patch_embed transformer_block mbconv resnet_basic residual2 residual3 routing embedding text_conv
    global_max_pool flatten edit augment cutout rotate brightness color shear_x shear_y translate_x translate_y auto_contrast
    invert equalize solarize posterize contrast sharpness sample_pairing
"""
LOOSE: dict[str, Signature | None] = dict.fromkeys([*_LOOSE.split(), *SIGNATURES])


@pytest.fixture(scope="session")
def operators() -> dict[str, Signature | None]:
    """Sixteen operators with signatures."""
    return SIGNATURES


@pytest.fixture(scope="session")
def loose() -> dict[str, Signature | None]:
    """All operators of the example spaces, their arguments unchecked."""
    return LOOSE


@pytest.fixture(scope="session")
def examples() -> dict[str, str]:
    """The example spaces by name; skips where they are not at hand."""
    data = os.environ.get("SYMSPACE_DATA")
    shared = Path(data).parent if data else Path(__file__).parents[4] / "shared"
    files = sorted((shared / "reference" / "spaces").glob("*.space"))
    if not files:
        pytest.skip("the example spaces are not beside this checkout")
    return {f.stem: f.read_text(encoding="utf-8") for f in files}
