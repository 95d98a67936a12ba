"""The only source of randomness of a search: a generator per (study seed, trial number, stream)."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import NDArray

from symbolic.errors import SymspaceError

PROPOSE, INITIAL, POPULATION, CHILDREN, SCHEDULER = range(5)
TRAINING_ORDER, VALIDATION_ORDER, SPLIT = 7, 8, 9
EVALUATION = 15
_WORD = 2**64 - 1


class SeedError(SymspaceError):
    """Something that is no seed."""


def checked_seed(seed: object) -> int:
    """Return a seed. Raises `SeedError` unless it is a whole number in [0, 2**63)."""
    if type(seed) is not int or not 0 <= seed < 2**63:
        raise SeedError(f"seed={seed!r}: a seed is a whole number from 0 to 2**63 - 1")
    return seed


@ISeedSequence.register
@attrs.frozen(eq=False)
class _Key:
    """A key of Philox, handed over as NumPy hands over seeds: `Philox(key=...)` draws entropy of the system first, unused."""

    words: NDArray[np.uint64]

    def generate_state(self, n_words: int, dtype: object = None) -> NDArray[np.uint64]:
        """Return the key."""
        return self.words


def rng(seed: int, number: int, stream: int = PROPOSE) -> np.random.Generator:
    """Return the generator for one purpose of one trial: equal arguments, equal draws, on every machine.

    `0 <= seed < 2**63`, `-2**59 <= number < 2**59` (imported trials are numbered below 0), `0 <= stream < 16`. Making one costs
    3 us: draw many values from it.

    >>> [round(float(x), 6) for x in rng(7, 3).random(3)]
    [0.045142, 0.020168, 0.270375]
    """
    word = (number * 16 + stream) & _WORD
    key: Any = _Key(np.array([seed, word], np.uint64))  # NumPy's own stubs do not know its interface
    return np.random.Generator(np.random.Philox(key))


def trial_seed(seed: int, number: int) -> int:
    """Return the seed a backend uses for everything random in a trial, in [0, 2**62).

    >>> trial_seed(7, 3)
    1539006442270831114
    """
    return int(rng(seed, number, EVALUATION).integers(2**62))
