"""Small spaces of every kind that a contract suite runs over, as `.space` texts."""

from __future__ import annotations

from collections.abc import Mapping

from symbolic.search.objectives import Objective, Objectives
from symbolic.search.problem import Budget, Facts, Problem
from symbolic.space import Space
from symbolic.table.table import Fidelity

SPACES: Mapping[str, str] = {
    "flat": "a = 1 | 2 | 3\nb = 10 | 20 | 30\nc = 0..4\nd = true | false\n",
    "conditional": "kind = 1 | 2 | 3\nfirst = 0..5 when kind == 1\nsecond { x: 0..3, y: 1 | 2 } when kind == 2\nlast = 0..2\n",
    "repeated": "layers = repeat 1..3 as layer { { width: 8..32 step 8, kernel: 3 | 5 } }\n",
    "dependent": "low = 1..6\nhigh = low..8\nextra = 0 | 1\n",
    "constrained": "a = 0..9\nb = 0..9\nc = 0..9\nrequire a + b + c <= 12\nforbid a == 3 and b == 3\n",
    "shared": "shared s = 1 | 2 | 3\nx = 0..3\ny = s when x > 1\nz = 1 | 2 when s == 2\n",
    "continuous": "lr = 1e-4..1e-1 log\nmomentum = 0.0..0.99\nkind = 1 | 2\n",
    "wide": "x = repeat 12 { 0..7 }\n",
    "single": "a = 1 | 2\n",
}


def space_of(name: str) -> Space:
    """Return one of `SPACES`."""
    from symbolic.language.load import parse

    return parse(f"space {name} version 1\n{SPACES[name]}", name=f"{name}.space")


def problem_of(
    name: str, seed: int = 0, *, trials: int | None = None, maximize: bool = False, fidelity: bool = False
) -> Problem:
    """Return the problem of finding the least (or greatest) `value` on one of `SPACES`; everything can be mixed.

    With `fidelity` trials may be run for 1 to 9 epochs.
    """
    driven = Fidelity("epochs", 1, 9) if fidelity else None
    table = space_of(name).lower()
    facts = Facts(
        name="simulated",
        provides=frozenset({"evaluate", "step", "score", "gradient", "lookahead", "report", "continue"}),
        metrics=frozenset({"value"}),
        steps_per_epoch=4,
        relaxable=frozenset(table.path),
    )
    return Problem(table, Objectives((Objective("value", maximize),)), seed, driven, Budget(trials=trials), facts)
