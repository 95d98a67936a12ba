"""Gumbel-softmax over the option axis: hard samples forward, the tempered softmax backward.

Jang, Gu and Poole, "Categorical reparameterization with Gumbel-softmax", ICLR 2017, https://arxiv.org/abs/1611.01144; the
straight-through form.
"""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from symbolic.table import Options, satisfies

F64 = NDArray[np.float64]
TRIES = 32
"""How often the noise is drawn anew where the sampled path breaks a constraint."""


@attrs.frozen(eq=False)
class Sample:
    """Noise `[option]` and the vertex `[option]` it leads to: exactly 1 at one option of every decision, else exactly 0."""

    noise: F64
    vertex: F64


def draw(options: Options, logits: F64, rng: np.random.Generator) -> Sample:
    """Return one hard sample: `argmax(logits + noise)` of every decision, that is, a draw by their softmax.

    Subsets are repaired to their bounds. A path that breaks a constraint of the space is drawn anew, 32 times at most.
    """
    noise = vertex = np.zeros(options.count)
    for _ in range(TRIES):
        noise = rng.gumbel(size=options.count)
        row = options.draw(hard(options, logits + noise), 1, rng)
        active = (row.index[0] >= 0)[options.owner]
        vertex = np.where(active, options.one_hot(row[0]), hard(options, logits + noise))
        if satisfies(options.table, row)[0]:
            break
    return Sample(noise, vertex)


def hard(options: Options, values: F64) -> F64:
    """Return 1 at the first largest value of each decision's segment, else 0, `[option]`."""
    found = np.zeros(options.count)
    for column in np.flatnonzero(options.card):
        start = int(options.start[column])
        found[start + int(values[start : start + int(options.card[column])].argmax())] = 1.0
    return found


def soft(options: Options, logits: F64, noise: F64, temperature: float) -> F64:
    """Return softmax((log p + noise) / temperature), p = softmax(logits), `[option]`; log p is the logits up to a constant."""
    return options.softmax((logits + noise) / temperature)


def pull_back(options: Options, weights: F64, gradient: F64, temperature: float) -> F64:
    """Return d loss / d logits `[option]`: `gradient`, d loss / d vertex, is taken for that by the soft `weights`."""
    return options.softmax_vjp(weights, gradient) / temperature
