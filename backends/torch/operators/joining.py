"""Operators that hold others: sequences, residual connections, branches that are added or concatenated."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Parts
from typing import TYPE_CHECKING, Any

from backends.torch.operators.sizes import stride_between, unchanged
from symbolic.errors import SpaceError
from symbolic.operators import Output, expect, operator
from symbolic.shapes import Kind, Shape, same_axis, same_shape

if TYPE_CHECKING:
    from torch import nn


@operator("sequence")
class Sequence:
    """What `a >> b` stands for: one after the other. `sequence { body }` is its body."""

    def shape(self, s: Shape, body: Callable[[Shape], Shape]) -> Shape:
        return body(s)

    def build(self, s: Shape, body: Callable[[Shape], tuple[Any, Shape]]) -> tuple[nn.Module, Shape]:
        return body(s)

    @staticmethod
    def join(parts: Parts[Any]) -> nn.Module:
        """Build the module that runs modules one after the other; none at all keeps its input."""
        from torch import nn

        return nn.Sequential(*parts)

    @staticmethod
    def cost(name: str, module: object, s: Shape | None) -> int:
        """Return the `params` of a module, or its `flops` on one example. Raises `TypeError` for what is no module."""
        from torch import nn

        from backends.torch.cost import flops, parameters

        if not isinstance(module, nn.Module):
            raise TypeError(f"it is {type(module).__name__!r}, no module of torch")
        if name == "params":
            return parameters(module)
        assert s is not None, "FLOPs need an input"
        return flops(module, s)

    @staticmethod
    def memory() -> nn.Module:
        """Build a memory for outputs that are read again further on."""
        from backends.torch.graphs import Memory

        return Memory()

    @staticmethod
    def remember(layer: nn.Module, memory: Any) -> nn.Module:
        """Build a layer whose output is put into a memory."""
        from backends.torch.graphs import Remember

        return Remember(layer, memory)

    @staticmethod
    def recall(memory: Any, back: int) -> nn.Module:
        """Build a layer that gives what was put into a memory."""
        from backends.torch.graphs import Recall

        return Recall(memory, back)

    @staticmethod
    def begin(layers: nn.Module, memory: Any) -> nn.Module:
        """Build layers whose outputs are remembered, their input first."""
        from backends.torch.graphs import Begin

        return Begin(layers, memory)

    @staticmethod
    def forget(network: nn.Module, memories: Parts[Any]) -> nn.Module:
        """Build a network whose memories are empty when it is done."""
        from backends.torch.graphs import Forget

        return Forget(network, memories)

    @staticmethod
    def weight(layer: nn.Module) -> nn.Parameter:
        """Return the one weight of a layer, padding and other parts without weights aside."""
        found = [m for m in layer.modules() if m._parameters.get("weight") is not None]
        assert len(found) == 1, layer
        weight = found[0]._parameters["weight"]
        assert weight is not None
        return weight

    @staticmethod
    def reaching(network: nn.Module, s: Shape, path: str) -> Shape:
        """Return the shape of what reaches a submodule when a network runs on two examples of zeros."""
        if path not in dict(network.named_modules()):
            raise TypeError(f"it has no submodule {path!r}")
        met: list[Any] = []
        hook = network.get_submodule(path).register_forward_pre_hook(lambda _, args: met.append(args[0]))
        try:
            Sequence.probe(network, s)
        finally:
            hook.remove()
        if not met:
            raise TypeError("it is not called")
        return _shape_of(met[0])

    @staticmethod
    def probe(module: nn.Module, s: Shape) -> Shape:
        """Return the shape a module gives for two examples of zeros; in eval mode, without gradients."""
        import torch
        from torch import nn

        if not isinstance(module, nn.Module):
            raise TypeError(f"it is {type(module).__name__!r}, no module of torch")
        first = next(iter(module.parameters()), None)
        dtype = torch.int64 if s.kind == "tokens" else torch.get_default_dtype()
        example = torch.zeros(2, *s.axes, dtype=dtype, device=None if first is None else first.device)
        training = module.training
        with torch.no_grad():
            out = module.eval()(example)
        module.train(training)
        return _shape_of(out)


@operator("edit")
class Edit:
    """A finished network with submodules replaced: `edit(torchvision.models::resnet18(), parts: { "layer1.0.relu": gelu })`.

    A part is an operator, built for what reaches the submodule; or a module, a class, or a function that makes one, given the
    old module where it takes an argument.
    """

    network: object
    parts: object

    def shape(self, s: Shape) -> Shape:
        raise AssertionError("the walk builds it")

    def build(self, s: Shape) -> nn.Module:
        raise AssertionError("the walk builds it")


@operator("residual")
class Residual:
    """Add the input to the output of the body, which must keep the shape.

    With `project: true` an image may change: the input then goes through a 1x1 convolution and batch norm.
    """

    project: bool = False

    def shape(self, s: Shape, body: Callable[[Shape], Shape]) -> Shape:
        out = body(s)
        self._check(s, out)
        return out

    def build(self, s: Shape, body: Callable[[Shape], tuple[Any, Shape]]) -> tuple[nn.Module, Shape]:
        from backends.torch.layers import Residual as Layer

        module, out = body(s)
        self._check(s, out)
        return Layer(module, None if self._kept(s, out) else project(s, out, stride_between(s, out))), out

    def _kept(self, s: Shape, out: Shape) -> bool:
        return unchanged(s, out) if self.project else same_shape(s, out)

    def _check(self, s: Shape, out: Shape) -> None:
        if same_shape(s, out):
            return
        if not self.project:
            hint = "keep the shape in the body, or write residual(project: true)"
            raise SpaceError("E602", f"residual must keep the shape, got {s} -> {out}", hint=hint)
        if s.kind != "image" or out.kind != "image":
            raise SpaceError("E602", f"residual(project: true) needs images, got {s} -> {out}")
        if stride_between(s, out) == 0:
            raise SpaceError("E602", f"residual(project: true) cannot bring {s} to {out}: no stride does")


@operator("concat")
class Concat:
    """Put two outputs side by side, along channels or features; the other axes must be the same.

    `concat(early)` puts what the item called `early` gave before the input, `concat { body }` the output of the body behind it.
    """

    other: Output | None = None

    def shape(self, s: Shape, body: Callable[[Shape], Shape] | None = None) -> Shape:
        joined = s if self.other is None else _side_by_side(self.other.shape, s)
        return joined if body is None else _side_by_side(joined, body(joined))

    def build(self, s: Shape, body: Callable[[Shape], tuple[Any, Shape]] | None = None) -> tuple[nn.Module, Shape]:
        from torch import nn

        from backends.torch.graphs import Join
        from backends.torch.layers import Concat as Layer

        axis, parts = -1 if s.kind == "sequence" else 1, list[nn.Module]()
        if self.other is not None:
            s, parts = _side_by_side(self.other.shape, s), [Join(self.other.read(), None, axis)]
        if body is not None:
            module, out = body(s)
            s, parts = _side_by_side(s, out), [*parts, Layer(module, axis)]
        return (parts[0] if len(parts) == 1 else nn.Sequential(*parts)), s


@operator("add")
class Add:
    """Add an earlier output to the input: `add(early)` that of the item called `early`, `add(back: 2)` that of two items back.

    Items are the instances of the repeat, or the items of the stack, in which it stands; 1 back is what the item itself was
    given. An output with fewer channels is filled up with zeros, a larger one brought to size by means of equal windows; with
    `project: true` a 1x1 convolution and batch norm bring an image to width and size.
    """

    other: Output | None = None
    back: Output | None = None
    project: bool = False

    def shape(self, s: Shape) -> Shape:
        expect("add", s, "image", "features", "sequence")
        for given in self._given():
            self._check(given.shape, s)
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        from backends.torch.graphs import Join

        made = [Join(given.read(), self._fit(given.shape, s), None) for given in self._given()]
        return made[0] if len(made) == 1 else nn.Sequential(*made)

    def _given(self) -> list[Output]:
        return [given for given in (self.other, self.back) if given is not None]

    def _check(self, given: Shape, s: Shape) -> None:
        if given.kind != s.kind:
            raise SpaceError("E602", f"add joins outputs of one kind, got {given} and {s}")
        if unchanged(given, s) or (self.project and s.kind == "image" and stride_between(given, s)):
            return
        at = 1 if s.kind == "sequence" else 0
        smaller = any(a < b for k, (a, b) in enumerate(zip(given.axes, s.axes, strict=True)) if k != at)
        if self.project or smaller or given.axes[at] > s.axes[at]:
            hint = None if self.project or s.kind != "image" else "add(..., project: true) brings an image to another width"
            raise SpaceError("E602", f"add cannot bring {given} to {s}", hint=hint)

    def _fit(self, given: Shape, s: Shape) -> nn.Module | None:
        from backends.torch.graphs import Fit

        if unchanged(given, s):
            return None
        if self.project:
            return project(given, s, stride_between(given, s))
        at = 1 if s.kind == "sequence" else 0
        places = s.axes[:1] if s.kind == "sequence" else s.axes[1:]
        return Fit(places, s.axes[at] - given.axes[at])


def _side_by_side(s: Shape, out: Shape) -> Shape:
    expect("concat", s, "image", "features", "sequence")
    at = 1 if s.kind == "sequence" else 0
    kept = [(a, b) for k, (a, b) in enumerate(zip(s.axes, out.axes, strict=False)) if k != at]
    if s.kind != out.kind or not all(same_axis(a, b) for a, b in kept):
        raise SpaceError("E602", f"concat can only join along channels or features, got {s} and {out}")
    return Shape(s.kind, tuple(a + b if k == at else a for k, (a, b) in enumerate(zip(s.axes, out.axes, strict=True))))


def _shape_of(out: Any) -> Shape:
    """Return the shape of each example of a batch. Raises `TypeError` for what is no image, sequence or vector."""
    import torch

    kinds: dict[int, Kind] = {2: "features", 3: "sequence", 4: "image"}
    if not isinstance(out, torch.Tensor) or out.dim() not in kinds:
        raise TypeError(f"it gives {getattr(out, 'shape', type(out).__name__)}, not one image, sequence or vector each")
    return Shape(kinds[out.dim()], tuple(out.shape[1:]))


def project(s: Shape, out: Shape, stride: int) -> nn.Module:
    """Build a 1x1 convolution with batch norm that brings an image to another width, or a smaller size."""
    from torch import nn

    return nn.Sequential(nn.Conv2d(s.axes[0], out.axes[0], 1, stride, bias=False), nn.BatchNorm2d(out.axes[0]))
