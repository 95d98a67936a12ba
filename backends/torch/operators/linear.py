"""Layers of plain vectors: linear, embedding, dropout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.torch.operators.sharing import fits, shared
from backends.torch.operators.sizes import positive
from symbolic.errors import SpaceError
from symbolic.operators import Weights, expect, operator
from symbolic.shapes import Shape, sequence

if TYPE_CHECKING:
    from torch import nn


@operator("linear")
class Linear:
    """Affine map of the features. Input: features (F) or sequence (L, F). Output: the same kind with `width` features.

    `weight` shares that of an earlier layer: `linear(classes, weight: words)` after `embedding(64) as words`.
    """

    width: int
    bias: bool = True
    weight: Weights | None = None

    def shape(self, s: Shape) -> Shape:
        if s.kind == "image":
            raise SpaceError(
                "E602", f"linear needs features or a sequence, got {s}", hint="put flatten or global_avg_pool first"
            )
        expect("linear", s, "features", "sequence")
        positive("linear", width=self.width)
        fits("linear", self.weight, self.weight_shape(s))
        return Shape(s.kind, (*s.axes[:-1], self.width))

    def weight_shape(self, s: Shape) -> tuple[int, ...]:
        return (self.width, s.axes[-1])

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return shared(nn.Linear(s.axes[-1], self.width, self.bias), self.weight)


@operator("embedding")
class Embedding:
    """A vector for each token number. Input: tokens (L). Output: sequence (L, width).

    The vocabulary is that of the task unless given. `weight` shares that of an earlier layer.
    """

    width: int
    vocabulary: int | None = None
    weight: Weights | None = None

    from_task = ("vocabulary",)

    def shape(self, s: Shape) -> Shape:
        expect("embedding", s, "tokens")
        positive("embedding", width=self.width, vocabulary=self.vocabulary)
        if self.vocabulary is None:
            raise SpaceError("E602", "embedding needs the argument vocabulary: the task does not say how many tokens there are")
        fits("embedding", self.weight, self.weight_shape(s))
        return sequence(s.axes[0], self.width)

    def weight_shape(self, s: Shape) -> tuple[int, ...]:
        assert self.vocabulary is not None, "the shape rule comes first"
        return (self.vocabulary, self.width)

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        vocabulary, width = self.weight_shape(s)
        return shared(nn.Embedding(vocabulary, width), self.weight)


@operator("dropout")
class Dropout:
    """Set each value to zero with probability `rate` while training. Any shape, kept."""

    rate: float = 0.5

    def shape(self, s: Shape) -> Shape:
        if self.rate < 0 or self.rate > 1:
            raise SpaceError("E602", f"dropout needs a rate from 0 to 1, got {self.rate}")
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.Dropout(self.rate)


@operator("drop_path")
class DropPath:
    """Set whole examples to zero with probability `rate` while training: at the end of a residual's body. Any shape, kept."""

    rate: float = 0.1

    def shape(self, s: Shape) -> Shape:
        if self.rate < 0 or self.rate >= 1:
            raise SpaceError("E602", f"drop_path needs a rate from 0 to below 1, got {self.rate}")
        return s

    def build(self, s: Shape) -> nn.Module:
        from backends.torch.layers import DropPath as Layer

        return Layer(self.rate)
