"""The controller of ENAS: an LSTM that chooses the codes of a candidate one after the other.

Its parameters are one flat vector that the search owns; torch only computes with them, in float64 on the CPU.
"""

from __future__ import annotations

import attrs
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from symbolic.points import Point
from symbolic.table import Options, satisfies

F64 = NDArray[np.float64]
HIDDEN, LAYERS = 32, 2
TEMPERATURE, BOUND = 5.0, 2.5
TRIES = 32
"""How often the codes are drawn anew where they break a constraint."""


@attrs.frozen(eq=False)
class Choice:
    """A candidate, the log of its probability, and the entropy of the distributions it was drawn from, at active decisions."""

    point: Point
    log_p: Tensor
    entropy: float


class Controller(nn.Module):
    """Two LSTM layers of 32; decisions with equally many options share an embedding and a head."""

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.axis = options
        self.columns = [int(c) for c in np.flatnonzero(options.card)]
        cards = sorted({int(options.card[c]) for c in self.columns})
        with torch.device("meta"):  # nothing is drawn from torch's generator
            self.first = nn.Parameter(torch.empty(1, 1, HIDDEN))
            self.lstm = nn.LSTM(HIDDEN, HIDDEN, LAYERS)
            self.embeddings = nn.ModuleDict({str(n): nn.Embedding(n, HIDDEN) for n in cards})
            self.heads = nn.ModuleDict({str(n): nn.Linear(HIDDEN, n) for n in cards})
        self.to_empty(device="cpu").double()

    @property
    def size(self) -> int:
        """The number of parameters."""
        return sum(p.numel() for p in self.parameters())

    def load(self, vector: F64) -> None:
        """Take parameters `[size]`."""
        nn.utils.vector_to_parameters(torch.from_numpy(vector.copy()), self.parameters())

    def draw(self, rng: np.random.Generator) -> Choice:
        """Return a candidate; equal generators and parameters, equal candidates. Subsets are repaired to their bounds."""
        for _ in range(TRIES):
            codes, log_p, entropy = self._walk(rng.random(len(self.columns)))
            vertex = np.zeros(self.axis.count)
            vertex[[int(self.axis.start[c]) + code for c, code in zip(self.columns, codes, strict=True)]] = 1.0
            row = self.axis.draw(vertex, 1, rng)
            if satisfies(self.axis.table, row)[0]:
                break
        active = [k for k, c in enumerate(self.columns) if row.index[0, c] >= 0]
        total = torch.stack([log_p[k] for k in active]).sum() if active else torch.zeros((), dtype=torch.float64)
        return Choice(row[0], total, sum(entropy[k] for k in active))

    def gradient(self, choice: Choice) -> F64:
        """Return d log p / d parameters `[size]`; zero at those that had no part in it."""
        if not choice.log_p.requires_grad:
            return np.zeros(self.size)
        parameters = list(self.parameters())
        found = torch.autograd.grad(choice.log_p, parameters, allow_unused=True)
        parts = [torch.zeros_like(p) if g is None else g for p, g in zip(parameters, found, strict=True)]
        return torch.cat([part.reshape(-1) for part in parts]).numpy()

    def _walk(self, uniforms: F64) -> tuple[list[int], list[Tensor], list[float]]:
        """Return code, log probability and entropy of each decision; `uniforms` `[decision]` choose by the inverse."""
        x, state = self.first, None
        codes, logs, entropies = [], [], []
        for column, u in zip(self.columns, uniforms, strict=True):
            card = str(int(self.axis.card[column]))
            out, state = self.lstm(x, state)
            log_p = (BOUND * torch.tanh(self.heads[card](out[0, 0]) / TEMPERATURE)).log_softmax(0)
            plain = log_p.detach().numpy()
            summed = np.exp(plain).cumsum()
            code = min(int(np.searchsorted(summed, u * summed[-1], "right")), len(plain) - 1)
            codes.append(code)
            logs.append(log_p[code])
            entropies.append(float(-(np.exp(plain) * plain).sum()))
            x = self.embeddings[card](torch.tensor([[code]]))
        return codes, logs, entropies
