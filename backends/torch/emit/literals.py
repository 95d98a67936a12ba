"""Constants as text: numbers, texts, collections of them, tensors, and what has a name in PyTorch or the user's code."""

from __future__ import annotations

import dataclasses
import enum
import functools
import math
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, ModuleType, SimpleNamespace
from typing import Any

import attrs
import torch

from backends.torch.emit.refusal import CannotEmit

MOST_NUMBERS = 20_000
"""The largest tensor that is written number by number."""
_NATURAL = (torch.float32, torch.int64, torch.bool)
"""What PyTorch makes of Python's floats, integers and truth values."""
Refer = Callable[[str, object], str]
"""The expression for a function, class or module, under a name if it needs one."""


def literal(value: object, refer: Refer) -> str:
    """Return an expression that gives a value again. Raises `CannotEmit` for what has none."""
    kind = type(value)
    if value is None or value is Ellipsis or kind in (bool, int, str, bytes, range, slice):
        return repr(value)
    if isinstance(value, float) and kind is float:
        return repr(value) if math.isfinite(value) else f"float({str(value)!r})"
    if isinstance(value, complex) and kind is complex:
        return f"complex({literal(value.real, refer)}, {literal(value.imag, refer)})"
    if isinstance(value, tuple | list | set | frozenset | dict):
        return _collection(value, refer)
    if isinstance(value, torch.Tensor):
        return tensor(value, refer)
    if isinstance(value, torch.dtype | torch.memory_format):
        return repr(value)
    if isinstance(value, torch.device):
        return f"torch.device({str(value)!r})"
    if isinstance(value, enum.Enum):
        return f"{refer(kind.__name__, kind)}.{value.name}"
    if isinstance(value, functools.partial):
        keywords = [f"{key}={literal(item, refer)}" for key, item in value.keywords.items()]
        parts = [literal(value.func, refer), *(literal(item, refer) for item in value.args), *keywords]
        return f"{refer('partial', functools.partial)}({', '.join(parts)})"
    if (fields := _fields(value)) is not None:
        parts = [f"{key}={literal(item, refer)}" for key, item in fields.items()]
        return f"{refer('SimpleNamespace', SimpleNamespace)}({', '.join(parts)})"
    if isinstance(value, type | FunctionType | BuiltinFunctionType | ModuleType):
        return refer(getattr(value, "__name__", "value").rpartition(".")[2], value)
    raise CannotEmit(f"a value of type {kind.__name__} cannot be written as a constant ({str(value)[:40]})")


def _collection(value: object, refer: Refer) -> str:
    match value:
        case torch.Size():
            return f"torch.Size({literal(tuple(value), refer)})"
        case tuple() if type(value) is tuple:
            return (
                "("
                + "".join(f"{literal(item, refer)}, " for item in value).removesuffix(" " if len(value) == 1 else ", ")
                + ")"
            )
        case list() if type(value) is list:
            return "[" + ", ".join(literal(item, refer) for item in value) + "]"
        case set() | frozenset() if type(value) in (set, frozenset):
            return f"{type(value).__name__}([{', '.join(sorted(literal(item, refer) for item in value))}])"
        case dict() if type(value) is dict:
            return "{" + ", ".join(f"{literal(k, refer)}: {literal(v, refer)}" for k, v in value.items()) + "}"
        case _:
            raise CannotEmit(f"a value of type {type(value).__name__} cannot be written as a constant ({str(value)[:40]})")


def tensor(value: torch.Tensor, refer: Refer) -> str:
    """Return an expression for a tensor with its values and dtype. Raises `CannotEmit` for one that is too large."""
    value = value.detach()
    if value.is_meta or value.layout is not torch.strided or value.is_quantized:
        raise CannotEmit(f"a tensor without values of its own cannot be written ({value.layout}, {value.device})")
    flat, shape = value.cpu().reshape(-1), tuple(value.shape)
    if flat.numel() > 1 and bool((flat == flat[0]).all()):
        return _filled(flat[0], shape, refer, value.dtype)
    if value.dim() == 1 and flat.numel() > 2 and value.dtype == torch.int64 and torch.equal(flat, torch.arange(flat.numel())):
        return f"torch.arange({flat.numel()})"
    if flat.numel() > MOST_NUMBERS:
        raise CannotEmit(f"a constant tensor of {flat.numel()} numbers is too large to be written (at most {MOST_NUMBERS})")
    of = "" if value.dtype in _NATURAL and flat.numel() else f", dtype={value.dtype}"
    text = f"torch.tensor({literal(_numbers(value.cpu()), refer)}{of})"
    return text if flat.numel() else f"{text}.reshape({shape!r})"


def starting_values(value: torch.Tensor, refer: Refer) -> str:
    """Return an expression for what a parameter starts with.

    Equal numbers stay what they are; others become normal numbers of the same mean and spread, since a training draws them.
    """
    if value.is_meta or not value.is_floating_point() or not value.numel():
        return tensor(value, refer)
    numbers, shape = value.detach().cpu().reshape(-1), tuple(value.shape)
    if bool((numbers == numbers[0]).all()):
        return _filled(numbers[0], shape, refer, value.dtype)
    spread, mean = float(numbers.double().std()), float(numbers.double().mean())
    shift = "" if abs(mean) < spread / 10 else f" {'+' if mean > 0 else '-'} {abs(mean):.3g}"
    return f"torch.randn({_axes(shape)}{_of(value.dtype)}) * {spread:.3g}{shift}"


def _filled(number: torch.Tensor, shape: tuple[int, ...], refer: Refer, dtype: torch.dtype) -> str:
    """A tensor of equal numbers."""
    fill = _numbers(number)
    if dtype.is_floating_point and fill in (0.0, 1.0):
        return f"torch.{'ones' if fill else 'zeros'}({_axes(shape)}{_of(dtype)})"
    return f"torch.full({shape!r}, {literal(fill, refer)}{_of(dtype) if dtype not in _NATURAL else ''})"


def _numbers(value: torch.Tensor) -> Any:
    """The numbers of a tensor, those in single precision by as few digits as tell them apart."""
    if value.dtype != torch.float32:
        return value.tolist()
    return _short(value.numpy())


def _short(value: Any) -> Any:
    if value.ndim == 0:
        return float(str(value))
    return [float(str(item)) for item in value] if value.ndim == 1 else [_short(item) for item in value]


def _axes(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape)) or "()"


def _of(dtype: torch.dtype) -> str:
    return "" if dtype == torch.float32 else f", dtype={dtype}"


def _fields(value: object) -> dict[str, Any] | None:
    """The fields of a record without methods (a dataclass, a class of attrs, a namespace); None for what is none."""
    kind: Any = type(value)
    if kind is SimpleNamespace:
        return dict(vars(value))
    if any(isinstance(item, FunctionType | property) and not name.startswith("__") for name, item in vars(kind).items()):
        return None
    if dataclasses.is_dataclass(kind):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(kind)}
    return {field.name: getattr(value, field.name) for field in attrs.fields(kind)} if attrs.has(kind) else None
