"""Layers of sequences (L, F): recurrence, self-attention, transformer blocks, and how images and places enter them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from backends.torch.operators.sizes import divides, positive
from symbolic.errors import SpaceError
from symbolic.operators import expect, operator
from symbolic.shapes import Shape, sequence

if TYPE_CHECKING:
    from torch import nn


KINDS = ("learned", "sine")


@operator("lstm")
class Lstm:
    """Long short-term memory over a sequence. Output: sequence (L, width), twice the width when bidirectional."""

    width: int
    bidirectional: bool = False

    def shape(self, s: Shape) -> Shape:
        expect("lstm", s, "sequence")
        positive("lstm", width=self.width)
        return sequence(s.axes[0], 2 * self.width if self.bidirectional else self.width)

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        from backends.torch.layers import Recurrent

        return Recurrent(nn.LSTM(s.axes[1], self.width, batch_first=True, bidirectional=self.bidirectional))


@operator("gru")
class Gru:
    """Gated recurrent unit over a sequence. Output: sequence (L, width), twice the width when bidirectional."""

    width: int
    bidirectional: bool = False

    def shape(self, s: Shape) -> Shape:
        expect("gru", s, "sequence")
        positive("gru", width=self.width)
        return sequence(s.axes[0], 2 * self.width if self.bidirectional else self.width)

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        from backends.torch.layers import Recurrent

        return Recurrent(nn.GRU(s.axes[1], self.width, batch_first=True, bidirectional=self.bidirectional))


@operator("attention")
class Attention:
    """Multi-head self-attention. Input: sequence (L, F), kept.

    `qkv` is the width of all heads together, F unless given, rounded down to a multiple of the heads. `causal`: a place
    attends to itself and what stands before it.
    """

    heads: int = 4
    qkv: int | None = None
    causal: bool = False

    def shape(self, s: Shape) -> Shape:
        expect("attention", s, "sequence")
        positive("attention", heads=self.heads, qkv=self.qkv)
        if self.qkv is None:
            divides("attention", self.heads, s, s.axes[1], "features of query, key and value")
        else:
            positive("attention", **{"a head's width": self.qkv // self.heads})
        return s

    def build(self, s: Shape) -> nn.Module:
        from backends.torch.layers import SelfAttention

        inner = s.axes[1] if self.qkv is None else self.qkv // self.heads * self.heads
        return SelfAttention(s.axes[1], inner, self.heads, self.causal)


@operator("transformer_block")
class TransformerBlock:
    """Self-attention and a two-layer network, each after a layer norm and with its input added (pre-norm).

    Input: sequence (L, width), kept. The hidden width is `mlp_ratio` times the width, rounded down.
    """

    width: int | None = None
    heads: int = 4
    mlp_ratio: float = 4.0
    qkv: int | None = None
    dropout: float = 0.0
    causal: bool = False

    def shape(self, s: Shape) -> Shape:
        expect("transformer_block", s, "sequence")
        if self.width is not None and self.width != s.axes[1]:
            hint = "leave the width out, or put linear(width) first"
            raise SpaceError("E602", f"transformer_block keeps its width, got {s} and width {self.width}", hint=hint)
        positive("transformer_block", hidden=self._hidden(s))
        return Attention(self.heads, self.qkv).shape(s)

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        from backends.torch.layers import Residual

        width, hidden = s.axes[1], self._hidden(s)
        attention = (nn.LayerNorm(width), Attention(self.heads, self.qkv, self.causal).build(s), nn.Dropout(self.dropout))
        network = (nn.LayerNorm(width), nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width), nn.Dropout(self.dropout))
        return nn.Sequential(Residual(nn.Sequential(*attention)), Residual(nn.Sequential(*network)))

    def _hidden(self, s: Shape) -> int:
        return math.floor(s.axes[1] * self.mlp_ratio)


@operator("pos_encoding")
class PosEncoding:
    """Add a vector to each place. Input: sequence (L, F), kept.

    `kind`: `learned` vectors, or `sine`: sines and cosines of growing wavelengths (Vaswani et al., 2017).
    """

    kind: str = "learned"

    def shape(self, s: Shape) -> Shape:
        expect("pos_encoding", s, "sequence")
        if self.kind not in KINDS:
            raise SpaceError("E602", f"pos_encoding has the kinds {' and '.join(KINDS)}, got {self.kind!r}")
        return s

    def build(self, s: Shape) -> nn.Module:
        from backends.torch.layers import Positions, Waves

        return Positions(*s.axes) if self.kind == "learned" else Waves(*s.axes)


@operator("patch_embed")
class PatchEmbed:
    """Cut an image into square patches and map each to a vector. Output: sequence (patches, width)."""

    width: int
    patch: int = 16

    spatial = ("patch",)

    def shape(self, s: Shape) -> Shape:
        expect("patch_embed", s, "image")
        positive("patch_embed", width=self.width, patch=self.patch)
        _, height, width = s.axes
        if height % self.patch != 0 or width % self.patch != 0:
            raise SpaceError("E602", f"patch_embed cannot cut {s} into patches of {self.patch} x {self.patch}")
        return sequence((height // self.patch) * (width // self.patch), self.width)

    def build(self, s: Shape) -> nn.Module:
        from torch import nn

        from backends.torch.layers import PlacesFirst

        return PlacesFirst(nn.Conv2d(s.axes[0], self.width, self.patch, self.patch))
