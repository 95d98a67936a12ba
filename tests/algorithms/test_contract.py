"""The contract suite over every registered algorithm and every kind of space."""

import pytest

from symbolic import registry
from symbolic.errors import SymspaceError
from symbolic.search import calls
from symbolic.testing.algorithms import CHECKS, proposes
from symbolic.testing.spaces import SPACES, problem_of

SMALL = {
    "gp": {"startup": 30, "candidates": 16, "observations": 16},
    "spos": {"epochs": 2, "population": 8, "generations": 3},
    "darts": {"epochs": 3},
    "gdas": {"epochs": 3},
    "rsps": {"epochs": 2, "candidates": 12},
    "setn": {"epochs": 3, "candidates": 12},
    "tunas": {"epochs": 3},
    "enas": {"epochs": 2, "updates": 4, "candidates": 12},
}
"""Settings that keep a simulated run short."""
ALGORITHMS = {name: registry.get("algorithms", name)(**SMALL.get(name, {})) for name in registry.entries("algorithms")}


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_contract(algorithm: str, space: str, check: str) -> None:
    problem = problem_of(space, fidelity=ALGORITHMS[algorithm].needs.fidelity)
    if not proposes(ALGORITHMS[algorithm], problem):
        pytest.skip(f"{algorithm} does not propose every kind of decision of {space!r}")
    CHECKS[check](ALGORITHMS[algorithm], problem)


@pytest.mark.parametrize(
    "call",
    [
        'gp(acquisition: "best")',
        "gp(candidates: 3)",
        "gp(kappa: -1.0)",
        "darts(epochs: 0)",
        "darts(epochs: -1)",
        "darts(lr: -5.0)",
        "darts(betas: [0.5])",
        "darts(betas: [0.5, 1.0])",
        "darts(decay: -1.0)",
        "darts(derive: 1.5)",
        "gdas(cold: 0.0)",
        "spos(population: 1)",
        "spos(mutation: 1.5)",
        "spos(parents: none)",
        'spos(generations: "many")',
        "regularized_evolution(population: 1)",
        "regularized_evolution(tournament: 0)",
        'random(how: "best")',
    ],
)
def test_impossible_settings_are_refused_with_their_name(call: str) -> None:
    setting = call.partition("(")[2].partition(":")[0]
    with pytest.raises(SymspaceError, match=setting):
        calls.from_text("algorithms", call)
