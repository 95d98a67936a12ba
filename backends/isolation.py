"""Global random generators, seeded for one piece of work and put back as they were."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import attrs
import numpy as np
from numpy.random import mtrand


@attrs.frozen(eq=False)
class Isolation:
    """Seeds the global generators of `random`, NumPy and torch (where it is loaded) while something runs.

    User code may draw from any of them; equal seeds give equal draws in every process, and the caller's own generators
    stand afterwards where they stood. NumPy's generator is exchanged instead of copied, which is thirty times quicker.
    """

    spare: np.random.MT19937 = attrs.field(factory=lambda: np.random.MT19937(0))

    @contextmanager
    def seeded(self, seed: int) -> Iterator[None]:
        """Run what is inside with generators seeded by `seed`, in [0, 2**63). Does not nest."""
        python, numpy = random.getstate(), mtrand.get_bit_generator()
        torch = sys.modules.get("torch")
        state = None if torch is None else torch.default_generator.get_state()
        cuda = torch.cuda.get_rng_state_all() if torch is not None and torch.cuda.is_initialized() else []
        random.seed(seed)
        mtrand.set_bit_generator(self.spare)
        np.random.seed(seed % 2**32)
        if torch is not None:
            torch.default_generator.manual_seed(seed)
        if cuda and torch is not None:
            torch.cuda.manual_seed_all(seed)
        try:
            yield
        finally:
            random.setstate(python)
            mtrand.set_bit_generator(numpy)
            if torch is not None and state is not None:
                torch.default_generator.set_state(state)
            if cuda and torch is not None:
                torch.cuda.set_rng_state_all(cuda)
