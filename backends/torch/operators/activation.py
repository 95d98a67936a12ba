"""Activations: they keep every shape, and build one plain layer of torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbolic.operators import expect, operator
from symbolic.shapes import Shape

if TYPE_CHECKING:
    from torch import nn


@operator("relu")
class Relu:
    """max(x, 0). Any shape, kept."""

    def shape(self, s: Shape) -> Shape:
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.ReLU()


@operator("leaky_relu")
class LeakyRelu:
    """x where positive, else slope * x. Any shape, kept."""

    slope: float = 0.01

    def shape(self, s: Shape) -> Shape:
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.LeakyReLU(self.slope)


@operator("gelu")
class Gelu:
    """Gaussian error linear unit. Any shape, kept."""

    def shape(self, s: Shape) -> Shape:
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.GELU()


@operator("silu")
class Silu:
    """x * sigmoid(x), also called swish. Any shape, kept."""

    def shape(self, s: Shape) -> Shape:
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.SiLU()


@operator("mish")
class Mish:
    """x * tanh(softplus(x)). Any shape, kept."""

    def shape(self, s: Shape) -> Shape:
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.Mish()


@operator("hardswish")
class Hardswish:
    """x * relu6(x + 3) / 6. Any shape, kept."""

    def shape(self, s: Shape) -> Shape:
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.Hardswish()


@operator("elu")
class Elu:
    """x where positive, else exp(x) - 1. Any shape, kept."""

    def shape(self, s: Shape) -> Shape:
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.ELU()


@operator("tanh")
class Tanh:
    """Hyperbolic tangent. Any shape, kept."""

    def shape(self, s: Shape) -> Shape:
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.Tanh()


@operator("sigmoid")
class Sigmoid:
    """1 / (1 + exp(-x)). Any shape, kept."""

    def shape(self, s: Shape) -> Shape:
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.Sigmoid()


@operator("relu6")
class Relu6:
    """min(max(x, 0), 6). Any shape, kept."""

    def shape(self, s: Shape) -> Shape:
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.ReLU6()


@operator("selu")
class Selu:
    """ELU scaled so that means and variances settle (Klambauer et al., 2017). Any shape, kept."""

    def shape(self, s: Shape) -> Shape:
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.SELU()


@operator("softplus")
class Softplus:
    """log(1 + exp(x)). Any shape, kept."""

    def shape(self, s: Shape) -> Shape:
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.Softplus()


@operator("hardsigmoid")
class Hardsigmoid:
    """relu6(x + 3) / 6. Any shape, kept."""

    def shape(self, s: Shape) -> Shape:
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.Hardsigmoid()


@operator("prelu")
class Prelu:
    """x where positive, else a learned slope times x, one slope for all channels. Any shape, kept."""

    def shape(self, s: Shape) -> Shape:
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.PReLU()


@operator("softmax")
class Softmax:
    """Softmax over the channels of an image, or over features. Any shape of numbers, kept."""

    def shape(self, s: Shape) -> Shape:
        expect("softmax", s, "image", "features", "sequence")
        return s

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        return nn.Softmax(1 if s.kind == "image" else -1)
