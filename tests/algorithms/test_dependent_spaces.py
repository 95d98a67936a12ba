"""Every algorithm that samples candidates, on spaces where nearly no independent draw is one: bounds, order, sums."""

from __future__ import annotations

from typing import Any

import pytest

from symbolic import registry
from symbolic.language.load import parse
from symbolic.points import Population
from symbolic.search.calls import from_text
from symbolic.search.events import TRANSIENT
from symbolic.search.study import search
from symbolic.table import satisfies

ORDERED = {
    f"{count} ordered widths": "\n".join(
        [f"w{i} = {low}..{high}" for i in range(count)] + [f"require w{i} <= w{i + 1}" for i in range(count - 1)]
    )
    for count, low, high in ((12, 1, 64), (8, 6, 512))
}
SPACES = {
    **ORDERED,
    "ten with a sum": "\n".join(f"w{i} = 0..10" for i in range(10))
    + "\nrequire "
    + " + ".join(f"w{i}" for i in range(10))
    + " <= 10",
    "ConfigSpace's 13": "a = 0 | 1\nb = 0 | 1\nc = 0 | 1 | 2 when a == 1 or b == 1\nd = 0 | 1 when a == 1 and b == 1",
}
SIZES = (26_123_889_412_400, 114_395_897_999_118_528, 184_756, 13)


def sampled() -> list[str]:
    """The algorithms that propose single candidates, at full fidelity."""
    needs = {name: from_text("algorithms", name).needs for name in registry.entries("algorithms")}
    return [name for name, n in needs.items() if not n.signals & TRANSIENT and not n.fidelity and not n.online]


def free(values: dict[str, Any]) -> float:
    return float(sum(v for k, v in values.items() if isinstance(v, int)) % 97)


def reporting(values: dict[str, Any], trial: Any) -> float:
    """The same for algorithms that watch a trial on its way."""
    trial.report(free(values) / 2, 1)
    return free(values)


@pytest.mark.parametrize("trials", [40, pytest.param(200, marks=pytest.mark.slow)])
@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("algorithm", sampled())
def test_trials_are_valid_and_unlike(algorithm: str, space: str, trials: int) -> None:
    described = parse(SPACES[space])
    size = described.size().value
    assert size == dict(zip(SPACES, SIZES, strict=True))[space]
    watches = "report" in from_text("algorithms", algorithm).needs.signals
    study = search(described, evaluate=reporting if watches else free, algorithm=algorithm, trials=trials, listeners=[])
    points = [t.candidate.point for t in study.trials]
    assert satisfies(described.lower(), Population.of(points)).all()
    assert {t.state for t in study.trials} <= ({"ok", "stopped"} if watches else {"ok"})
    assert len({p.key for p in points}) == len(points) == min(trials, size)
