"""Local search: a round visits every neighbour, a restart comes at a local optimum only."""

from __future__ import annotations

import numpy as np
import pytest

from algorithms.local_search import LocalSearch
from symbolic import parse
from symbolic.points import Point
from symbolic.search.complete import started
from symbolic.search.events import Result, Trial
from symbolic.search.objectives import Objective, Objectives
from symbolic.search.problem import Problem
from symbolic.table import neighbours

TEXT = "\n".join(f"x{i} = 0..5" for i in range(3)) + "\nrequire x0 + x1 <= 8"
WEIGHTS = np.array([[3.0, 1.0, 4.0, 1.0, 5.0, 9.0], [2.0, 6.0, 5.0, 3.0, 5.0, 8.0], [9.0, 7.0, 9.0, 3.0, 2.0, 3.0]])


def loss(point: Point) -> float:
    """A landscape with several local optima."""
    a, b, c = (int(x) for x in point.index)
    return float(WEIGHTS[0, a] + WEIGHTS[1, b] + WEIGHTS[2, c] + 3 * abs(a - b) * (c % 2) + abs(b - 2 * c))


@pytest.mark.parametrize("move", ["first", "best"])
def test_an_optimum_is_left_after_all_its_neighbours_only(move: str) -> None:
    problem = Problem(parse(TEXT).lower(), Objectives((Objective("loss"),)), 3)
    search = started(LocalSearch(startup=3, move=move), problem)  # type: ignore[arg-type]
    told: dict[bytes, float] = {}
    restarts = 0
    for number in range(150):
        before = search.state_dict()
        trials = search.ask([number])
        if not trials:
            break
        trial = trials[0]
        assert isinstance(trial, Trial) and isinstance(trial.point, Point)
        search.tell([trial])
        told[trial.point.key] = loss(trial.point)
        search.tell([Result(trial, "ok", {"loss": told[trial.point.key]})])
        after = search.state_dict()
        if before["centre"] >= 0 and after["centre"] == -1:
            restarts += 1
            centre = after["finished"][before["centre"]][1]
            near = neighbours(problem.table, centre)
            left = [near[i].key for i in range(len(near)) if near[i].key not in after["visited"]]
            assert all(told[key] >= loss(centre) for key in left), "left although a neighbour is better"
    assert restarts >= 2


def test_it_finds_the_optimum_of_a_small_space_and_ends() -> None:
    problem = Problem(parse(TEXT).lower(), Objectives((Objective("loss"),)), 0)
    search, found = started(LocalSearch(), problem), []
    for number in range(1000):
        trials = search.ask([number])
        if not trials:
            break
        found.append(loss(trials[0].point))  # type: ignore[arg-type]
        search.tell([trials[0], Result(trials[0], "ok", {"loss": found[-1]})])
    assert len(found) == 6**3 - 6 * 3, "every candidate once"
