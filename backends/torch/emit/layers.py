"""Layers of PyTorch as calls of their constructors: the arguments are looked up on the layer, defaults left out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
from torch import nn

from backends.torch.emit.refusal import CannotEmit

_NOT_KEPT = frozenset({"device", "dtype", "init", "min_value", "max_value", "_weight", "_freeze"})
"""Arguments that say nothing about a layer that its state does not, or are old names of others."""
_ONE_FOR_ALL = frozenset({"kernel_size", "stride", "padding", "dilation", "output_padding", "output_size", "scale_factor"})
"""Arguments that stand for all axes where one number is given."""
Derive = Callable[[Any], object]


def _attention(layer: nn.MultiheadAttention, name: str) -> int | None:
    width: int = getattr(layer, name)
    return None if width == layer.embed_dim else width


_TRANSFORMER: Mapping[str, Derive] = {
    "d_model": lambda layer: layer.self_attn.embed_dim,
    "nhead": lambda layer: layer.self_attn.num_heads,
    "dim_feedforward": lambda layer: layer.linear1.out_features,
    "dropout": lambda layer: layer.dropout.p,
    "layer_norm_eps": lambda layer: layer.norm1.eps,
    "batch_first": lambda layer: layer.self_attn.batch_first,
    "bias": lambda layer: layer.linear1.bias is not None,
}
_DERIVED: Mapping[type[nn.Module], Mapping[str, Derive]] = {
    nn.MultiheadAttention: {
        "bias": lambda layer: layer.in_proj_bias is not None,
        "add_bias_kv": lambda layer: layer.bias_k is not None,
        "kdim": lambda layer: _attention(layer, "kdim"),
        "vdim": lambda layer: _attention(layer, "vdim"),
    },
    nn.PairwiseDistance: {"p": lambda layer: layer.norm},
    nn.TransformerEncoderLayer: _TRANSFORMER,
    nn.TransformerDecoderLayer: _TRANSFORMER,
    nn.TransformerEncoder: {"encoder_layer": lambda layer: layer.layers[0]},
    nn.TransformerDecoder: {"decoder_layer": lambda layer: layer.layers[0]},
}


@attrs.frozen
class Argument:
    """An argument of a constructor: the name if it is passed by name, and the value."""

    name: str | None
    value: object


def arguments(layer: nn.Module, base: type[nn.Module]) -> tuple[Argument, ...]:
    """Return the arguments by which the constructor of `base`, a class of PyTorch, makes this layer.

    Raises `CannotEmit` for an argument that the layer does not keep.
    """
    found, by_name = [], False
    for parameter in _parameters(base):
        if not _told(layer, parameter, base):
            by_name = True
            continue
        value = _shortened(parameter, _value(layer, parameter, base))
        if _is_default(value, parameter.default) or (parameter.name == "stride" and value == _kernel(layer, base)):
            by_name = True  # what follows a gap is passed by name
            continue
        positional = not by_name and parameter.kind is not parameter.KEYWORD_ONLY and parameter.default is parameter.empty
        found.append(Argument(None if positional else parameter.name, value))
    return tuple(found)


def _parameters(base: type[nn.Module]) -> Iterator[inspect.Parameter]:
    """Yield the parameters of a constructor; recurrent layers share one, which has the kind of layer in front."""
    recurrent = issubclass(base, nn.RNNBase)
    init: Any = nn.RNNBase.__init__ if recurrent else base.__init__
    for parameter in list(inspect.signature(init).parameters.values())[2 if recurrent else 1 :]:
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            yield parameter
    if base is nn.RNN:
        yield inspect.Parameter("nonlinearity", inspect.Parameter.KEYWORD_ONLY, default="tanh")


def _told(layer: nn.Module, parameter: inspect.Parameter, base: type[nn.Module]) -> bool:
    """Return whether the layer says what an argument was. Raises `CannotEmit` where it must and does not."""
    name = parameter.name
    if name in _NOT_KEPT:
        return False
    if name == "bias" and not getattr(layer, "affine", getattr(layer, "elementwise_affine", True)):
        return False
    if hasattr(layer, name) or name in _DERIVED.get(base, {}):
        return True
    if parameter.default is parameter.empty:
        raise CannotEmit(f"nn.{base.__name__} does not keep its argument `{name}`")
    return False


def _value(layer: nn.Module, parameter: inspect.Parameter, base: type[nn.Module]) -> object:
    derive = _DERIVED.get(base, {}).get(parameter.name)
    if derive is not None:
        return derive(layer)
    value = getattr(layer, parameter.name)
    if parameter.name == "bias" and not isinstance(value, bool):
        return value is not None
    return value


def _shortened(parameter: inspect.Parameter, value: object) -> object:
    if parameter.name == "normalized_shape" and isinstance(value, tuple) and len(value) == 1:
        return value[0]
    if parameter.name in _ONE_FOR_ALL and isinstance(value, tuple) and value and all(v == value[0] for v in value):
        return value[0]
    return value


def _kernel(layer: nn.Module, base: type[nn.Module]) -> object:
    """The stride that pooling layers take from their window."""
    if "Pool" not in base.__name__:
        return object()
    kernel = getattr(layer, "kernel_size", None)
    return kernel[0] if isinstance(kernel, tuple) and all(k == kernel[0] for k in kernel) else kernel


def _is_default(value: object, default: object) -> bool:
    if default is inspect.Parameter.empty or callable(value) or isinstance(value, nn.Module):
        return value is default
    same = type(value) is type(default) or {type(value), type(default)} <= {int, float}
    return same and bool(value == default)
