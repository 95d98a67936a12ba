"""Choices among modules and depths as modules: what is weighted and summed inside a supernet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from backends.supernet.expressions import Leaf
from backends.supernet.refusal import Refusal
from backends.supernet.state import State


class _One(torch.autograd.Function):
    """`y * w` for a weight of exactly 1: nothing is computed forward, one reduction backward."""

    @staticmethod
    def forward(ctx: Any, y: Tensor, w: Tensor) -> Tensor:
        ctx.save_for_backward(y)
        return y.view_as(y)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, Tensor]:
        (g,) = gradients
        (y,) = ctx.saved_tensors
        return g, (g * y).sum()


def scaled(y: Tensor, w: Tensor) -> Tensor:
    """Return `y * w` for a scalar weight; a weight of exactly 1 costs nothing forward."""
    if float(w.detach()) == 1.0:
        return _One.apply(y, w) if w.requires_grad else y
    return y * w


def weighted(outputs: Sequence[Any], weights: Tensor, path: str) -> Any:
    """Return the weighted sum of outputs, leaf by leaf of tuples, lists and dicts. Raises `Refusal` for unlike ones."""
    first = outputs[0]
    if any(type(o) is not type(first) and not (isinstance(o, Tensor) and isinstance(first, Tensor)) for o in outputs):
        raise _unlike(path, [type(o).__name__ for o in outputs])
    if first is None:
        return None
    if isinstance(first, (tuple, list)):
        if len({len(o) for o in outputs}) > 1:
            raise _unlike(path, [f"{len(o)} values" for o in outputs])
        items = [weighted(column, weights, path) for column in zip(*outputs, strict=True)]
        return type(first)(*items) if hasattr(first, "_fields") else type(first)(items)
    if isinstance(first, dict):
        if any(o.keys() != first.keys() for o in outputs):
            raise _unlike(path, [str(sorted(o)) for o in outputs])
        return {key: weighted([o[key] for o in outputs], weights, path) for key in first}
    if not isinstance(first, Tensor):
        raise _unlike(path, [type(o).__name__ for o in outputs])
    if len({o.shape for o in outputs}) > 1:
        raise _unlike(path, [str(tuple(o.shape)) for o in outputs])
    result = scaled(first, weights[0])
    for output, w in zip(outputs[1:], weights[1:], strict=True):
        result = result + scaled(output, w)
    return result


def _unlike(path: str, kinds: Sequence[str]) -> Refusal:
    names = " and ".join(dict.fromkeys(kinds))
    return Refusal(
        f"the options of `{path}` return {names}, which cannot be mixed",
        remedy="give every option one shape (`conv2d` in front, or `skip(width)`)",
        paths=[path],
    )


class Mixed(nn.Module):
    """A choice among modules: the weighted sum of the options in use.

    A single path never runs it: the supernet puts the chosen option in its place.
    """

    def __init__(self, state: State, path: str, options: Sequence[nn.Module]) -> None:
        super().__init__()
        self.state, self.path = state, path
        self.all = tuple(options)
        self.options = nn.ModuleList(options)

    def chosen(self) -> nn.Module:
        """Return the option a single path uses."""
        return self.all[self.state.support(self.path)[0]]

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Run every option in use and sum the results; while building, the first option."""
        if self.state.building:
            return self.options[0](*args, **kwargs)
        outputs = [self.options[code](*args, **kwargs) for code in self.state.support(self.path)]
        weights = self.state.weights(self.path)
        return outputs[0] if weights is None else weighted(outputs, weights, self.path)


class MixedCallable:
    """A choice among callables: calling it builds a `Mixed` of what they build, or mixes the tensors they compute."""

    def __init__(self, state: State, path: str, options: Sequence[Callable[..., Any]]) -> None:
        self.state, self.path, self.options = state, path, tuple(options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.state.building:
            return self._build([option(*args, **kwargs) for option in self.options])
        support = self.state.support(self.path)
        outputs = [self.options[code](*args, **kwargs) for code in support]
        weights = self.state.weights(self.path)
        return outputs[0] if weights is None else weighted(outputs, weights, self.path)

    def _build(self, built: list[Any]) -> Any:
        if all(isinstance(o, nn.Module) for o in built):
            return Mixed(self.state, self.path, built)
        if all(isinstance(o, Tensor) for o in built):
            return built[0]
        kinds = " and ".join(sorted({type(o).__name__ for o in built}))
        decision = self.state.decisions[self.path]
        raise Refusal(
            f"the options of `{decision.path}` return {kinds}, which cannot be mixed",
            span=decision.span,
            remedy="let every option build a module (nn.Identity() for nothing)",
            paths=[self.path],
        )

    def chosen(self) -> Callable[..., Any]:
        """Return the option a single path uses."""
        return self.options[self.state.support(self.path)[0]]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise Refusal(
            f"attribute `{name}` of the choice `{self.path}`: its options are only called in a supernet",
            remedy="call the choice, or choose among the values of the attribute",
            paths=[self.path],
        )


class Gate(nn.Module):
    """One unit of a repeat with a searched count; the supernet takes it out of its place, or leads all into a `Depth`."""

    def __init__(self, state: State, leaf: Leaf, index: int, unit: nn.Module) -> None:
        super().__init__()
        self.state, self.leaf, self.index = state, leaf, index
        self.unit = unit

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Run the unit (while building, when a constructor runs its own layers)."""
        return self.unit(*args, **kwargs)


class Depth(nn.Module):
    """A mixture of depths: the sum over n of w_n times the output after n units. Units must keep the shape."""

    def __init__(self, state: State, leaf: Leaf, units: Sequence[nn.Module]) -> None:
        super().__init__()
        self.state, self.leaf = state, leaf
        self.units = nn.ModuleList(units)

    def forward(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Run as many units as the deepest option in use and sum the outputs at the depths in use."""
        path = self.leaf.path
        depths, weights = self.state.supported(path), self.state.weights(path)
        assert weights is not None
        outputs = {0: x}
        for n in range(int(max(depths))):
            x = self.units[n](x, *args, **kwargs)
            outputs[n + 1] = x
        return weighted([outputs[int(depth)] for depth in depths], weights, path)
