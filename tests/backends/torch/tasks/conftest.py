"""What every task keeps: disjoint splits, and facts that need no torch."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backends.torch.data import Splits

ROOT = Path(__file__).parents[4]


@pytest.fixture
def check_splits() -> Callable[..., None]:
    """Check that splits share no example, cover so many, and are drawn equally again."""

    def check(load: Callable[[], Splits], count: int) -> None:
        one, two = load(), load()
        parts = [(one.train, two.train), (one.validation, two.validation), (one.test, two.test)]
        seen = np.concatenate([a.index for a, _ in parts])
        assert len(seen) == len(set(seen.tolist())) == count
        for a, b in parts:
            assert np.array_equal(a.index, b.index) and bool((a.inputs == b.inputs).all())
            assert len(a.inputs) == len(a.targets) == len(a.index)

    return check


@pytest.fixture
def without_torch() -> Callable[[str], None]:
    """Run lines that make `facts` in a fresh process, and check that neither torch nor scikit-learn was loaded."""

    def run(lines: str) -> None:
        last = "assert not {'torch', 'torchvision', 'sklearn'} & set(sys.modules), 'facts loaded too much'"
        subprocess.run([sys.executable, "-c", f"import sys\n{lines}\n{last}"], check=True, cwd=ROOT)

    return run
