"""Watching a constructor: which axes of its new tensors are elastic, and which readings of numbers that explains."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from backends.supernet import places
from backends.supernet.numbers import elastic, expression
from backends.supernet.state import State

_FACTORIES = frozenset({torch.empty, torch.zeros, torch.ones, torch.randn, torch.rand, torch.full})


class Watch(TorchFunctionMode):
    """While entered, records in the state the axes of tensors made with elastic sizes.

    A reading of an elastic number by a tensor factory is explained by the tensor it made; every other reading stays in
    `state.readings` and is refused at the end of the build. A new tensor of the shape of a recorded one inherits its axes.
    """

    def __init__(self, state: State) -> None:
        super().__init__()
        self.state = state
        self.kept: list[Tensor] = []

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Call the function and record what it made."""
        kwargs = kwargs or {}
        frame = places.reader()
        result = func(*args, **kwargs)
        if func in _FACTORIES:
            self._explain(frame.f_code, frame.f_lasti)
            if any(True for _ in elastic(args)) or any(True for _ in elastic(dict(kwargs))):
                self._record(result, _size(func, args, kwargs))
        elif isinstance(result, Tensor) and getattr(func, "__name__", "") != "__get__":
            self._inherit(result, args)
        return result

    def _explain(self, code: object, instruction: int) -> None:
        known = [key for key in self.state.readings if isinstance(key, tuple) and key[:2] == (code, instruction)]
        for key in known:
            del self.state.readings[key]

    def _record(self, tensor: Tensor, size: Sequence[Any]) -> None:
        self.state.axes[_storage(tensor)] = tuple(expression(s) for s in size)
        self.kept.append(tensor)

    def _inherit(self, result: Tensor, args: Sequence[Any]) -> None:
        axes, storage = self.state.axes, _storage(result)
        if storage in axes:
            return
        for a in args:
            if isinstance(a, Tensor) and a.shape == result.shape and _storage(a) in axes:
                axes[storage] = axes[_storage(a)]
                self.kept.append(result)
                return


def _storage(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def axes_of(tensor: Tensor, state: State) -> tuple[Any, ...] | None:
    """Return the expressions of a tensor's axes, or None if it was not made with elastic sizes."""
    found = state.axes.get(_storage(tensor))
    return found if found is not None and len(found) == tensor.dim() else None


def _size(func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Sequence[Any]:
    if "size" in kwargs:
        size = kwargs["size"]
    elif args and isinstance(args[0], (tuple, list)):
        size = args[0]
    else:
        size = args[:1] if func is torch.full else args
    return size if isinstance(size, (tuple, list)) else (size,)
