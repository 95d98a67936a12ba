"""How long the trials of a supernet take, measured without leaving a trace."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence

from backends.supernet.evaluator import SupernetEvaluator
from symbolic.points import Mixture, Point
from symbolic.search.events import Purpose, Trial
from symbolic.search.randomness import rng
from symbolic.table.sample import sample

PATHS = 5
MIXTURES = 3


def seconds(evaluator: SupernetEvaluator) -> Mapping[str, float]:
    """Return seconds of one `step` and `score` of a single path, and of one `mixture` (step) and `gradient`.

    Medians after a warm-up: over random paths, and over the uniform mixture where the space can be mixed. The shared
    weights, the optimiser, the cursors and torch's generators are as they were afterwards.
    """
    shared = evaluator.shared
    table = shared.columns.table
    paths = sample(table, PATHS, rng(evaluator.seed, 0, 11))
    points = [paths[i] for i in range(PATHS)]
    state = evaluator.state()
    found = {"step": _median(evaluator, points, "step"), "score": _median(evaluator, points, "score")}
    if not shared.refused:
        mixture = Mixture(shared.columns.options.uniform())
        found["mixture"] = _median(evaluator, [mixture] * MIXTURES, "step")
        found["gradient"] = _median(evaluator, [mixture] * MIXTURES, "gradient")
    evaluator.restore(state)
    return found


def _median(evaluator: SupernetEvaluator, points: Sequence[Point | Mixture], purpose: Purpose) -> float:
    times = []
    for number, point in enumerate(points):
        begun = time.perf_counter()
        evaluator.transient(Trial(number, point, purpose), threads=1)
        times.append(time.perf_counter() - begun)
    return statistics.median(times[1:])
