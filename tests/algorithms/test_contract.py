"""The contract suite over every registered algorithm and every kind of space."""

import pytest

from symbolic import registry
from symbolic.testing.algorithms import CHECKS, proposes
from symbolic.testing.spaces import SPACES, problem_of

SMALL = {"spos": {"epochs": 2, "population": 8, "generations": 3}, "darts": {"epochs": 3}}
"""Settings that keep a simulated run short."""
ALGORITHMS = {name: registry.get("algorithms", name)(**SMALL.get(name, {})) for name in registry.entries("algorithms")}


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_contract(algorithm: str, space: str, check: str) -> None:
    problem = problem_of(space)
    if not proposes(ALGORITHMS[algorithm], problem):
        pytest.skip(f"{algorithm} does not propose every kind of decision of {space!r}")
    CHECKS[check](ALGORITHMS[algorithm], problem)
