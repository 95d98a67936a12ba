"""Adam on a vector of logits: small enough to live in a search's state.

Kingma and Ba, ICLR 2015, https://arxiv.org/abs/1412.6980, with the L2 decay of the architecture steps of DARTS.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

from symbolic.search.events import Plain

F64 = NDArray[np.float64]


@attrs.frozen
class Adam:
    """Settings: learning rate, moments' decay, L2 decay added to the gradient."""

    lr: float = 3e-4
    betas: tuple[float, float] = (0.5, 0.999)
    decay: float = 1e-3
    eps: float = 1e-8

    def step(self, x: F64, gradient: F64, moments: Moments) -> tuple[F64, Moments]:
        """Return the new vector and moments; nothing is changed in place."""
        g = gradient + self.decay * x
        count = moments.count + 1
        first = self.betas[0] * moments.first + (1 - self.betas[0]) * g
        second = self.betas[1] * moments.second + (1 - self.betas[1]) * g * g
        unbiased = first / (1 - self.betas[0] ** count), second / (1 - self.betas[1] ** count)
        return x - self.lr * unbiased[0] / (np.sqrt(unbiased[1]) + self.eps), Moments(first, second, count)


@attrs.frozen(eq=False)
class Moments:
    """First and second moments `[option]` and the number of steps."""

    first: F64
    second: F64
    count: int = 0

    @staticmethod
    def zeros(size: int) -> Moments:
        """Return the moments before the first step."""
        return Moments(np.zeros(size), np.zeros(size))

    def state(self) -> Plain:
        """Return plain data."""
        return [self.first, self.second, self.count]

    @staticmethod
    def of(state: Plain) -> Moments:
        """Read plain data back."""
        return Moments(np.array(state[0]), np.array(state[1]), int(state[2]))


def restored(state: Mapping[str, Plain], name: str) -> F64:
    """Return an array of a state, writable."""
    return np.array(state[name], dtype=np.float64)
