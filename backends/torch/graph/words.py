"""What the boxes of a drawn network say: a layer's class with what matters of its arguments, a function as a sign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from torch import nn

SIGNS = {"add": "+", "iadd": "+", "radd": "+", "sub": "−", "rsub": "−", "mul": "×", "imul": "×", "rmul": "×", "div": "÷"}
SIGNS |= {"truediv": "÷", "cat": "concat", "concat": "concat", "getitem": "slice", "matmul": "matmul"}


def function_name(name: str, constants: Sequence[int | float] = ()) -> str:
    """Return what a function of PyTorch is called in a drawing; `constants`: what it is given beside one tensor.

    >>> function_name("__add__"), function_name("add_"), function_name("mul", [0.5]), function_name("flatten", [1])
    ('+', '+', '× 0.5', 'flatten')
    """
    plain = name.strip("_")
    sign = SIGNS.get(plain, plain)
    return f"{sign} {constants[0]:g}" if len(sign) == 1 and constants else sign


def layer_words(module: nn.Module) -> str:
    """Return a layer's class and what matters of its arguments.

    >>> layer_words(nn.Conv2d(1, 16, 3, stride=2)), layer_words(nn.Linear(64, 10)), layer_words(nn.ReLU())
    ('Conv2d 1 → 16, 3×3, stride 2', 'Linear 64 → 10', 'ReLU')
    """
    words = [*_sizes(module), *_window(module), *_others(module)]
    return " ".join([type(module).__name__, ", ".join(words)]).strip()


def _sizes(m: Any) -> Iterator[str]:
    pairs = (
        ("in_channels", "out_channels"),
        ("in_features", "out_features"),
        ("num_embeddings", "embedding_dim"),
        ("input_size", "hidden_size"),
    )
    for a, b in pairs:
        if isinstance(getattr(m, a, None), int) and isinstance(getattr(m, b, None), int):
            yield f"{getattr(m, a)} → {getattr(m, b)}"
    for name in ("num_features", "normalized_shape", "embed_dim"):
        size = getattr(m, name, None)
        if size is not None:
            yield _axes(size)


def _window(m: Any) -> Iterator[str]:
    kernel = getattr(m, "kernel_size", None)
    if kernel is None:
        return
    kernel = _spread(m, kernel)
    yield _axes(kernel)
    stride, dilation = (_spread(m, getattr(m, name, 1) or 1) for name in ("stride", "dilation"))
    usual = kernel if "Pool" in type(m).__name__ else (1,) * len(stride)
    if stride != usual:
        yield f"stride {_one(stride)}"
    if any(d != 1 for d in dilation):
        yield f"dilation {_one(dilation)}"
    groups = getattr(m, "groups", 1)
    if groups != 1:
        yield "depthwise" if groups == m.in_channels == m.out_channels else f"{groups} groups"


def _others(m: Any) -> Iterator[str]:
    if isinstance(m, nn.modules.dropout._DropoutNd):
        yield f"{m.p:.3g}"
    if isinstance(m, nn.modules.pooling._AdaptiveAvgPoolNd | nn.modules.pooling._AdaptiveMaxPoolNd):
        yield f"to {_axes(m.output_size)}"
    if isinstance(m, nn.MultiheadAttention):
        yield f"{m.num_heads} heads"
    if isinstance(m, nn.GroupNorm):
        yield f"{m.num_channels}, {m.num_groups} groups"
    if isinstance(m, nn.RNNBase):
        yield from (f"{m.num_layers} layers",) if m.num_layers > 1 else ()
        yield from ("both ways",) if m.bidirectional else ()
    if isinstance(m, nn.Upsample) and m.scale_factor is not None:
        yield f"by {m.scale_factor}"


def _spread(m: Any, value: Any) -> tuple[Any, ...]:
    """A size for each axis: pools note one number for all of them."""
    if isinstance(value, tuple):
        return value
    digit = type(m).__name__[-2:-1]
    return (value,) * (int(digit) if digit.isdigit() else 1)


def _one(values: tuple[Any, ...]) -> str:
    return str(values[0]) if len(set(values)) == 1 else _axes(values)


def _axes(size: Any) -> str:
    return "×".join(map(str, size)) if isinstance(size, tuple | list) else str(size)
