"""The best so far, kept one result at a time, equals what brute force finds at the end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolic.points import Point
from symbolic.search.events import Result, Trial
from symbolic.search.leader import Leader, eligible
from symbolic.search.objectives import Limit, Objective, Objectives
from symbolic.search.tally import Tally

POINTS = [Point(np.array([k], np.int32), np.zeros(0)) for k in range(5)]
small = st.integers(0, 4)
rows = st.lists(
    st.tuples(
        small,
        small,
        st.sampled_from(["ok", "ok", "ok", "failed", "stopped", "infeasible"]),
        st.sampled_from([None, 1.0, 3.0, 9.0]),
        st.sampled_from(["search", "imported"]),
        st.booleans(),
    ),
    max_size=14,
)


def results(drawn):
    found = []
    for n, (x, y, status, fidelity, origin, heavy) in enumerate(drawn):
        trial = Trial(n, POINTS[x], fidelity=fidelity, origin=origin)
        found.append(Result(trial, status, {"x": float(x), "y": float(y), "size": float(heavy)}, fidelity))
    return found


def at(result):
    return 9.0 if result.trial.fidelity is None else result.trial.fidelity


def brute(found, objectives):
    fit = [r for r in found if eligible(r, objectives)]
    top = max((at(r) for r in fit), default=None)
    fit = [r for r in fit if at(r) == top]
    front, seen = [], set()
    for r in fit:
        losses = tuple(objectives.losses(r))
        beaten = any(tuple(objectives.losses(o)) != losses and (objectives.losses(o) <= losses).all() for o in fit)
        if not beaten and losses not in seen:
            seen.add(losses)
            front.append(r.trial.number)
    return set(front)


@given(rows)
def test_one_objective(drawn):
    objectives = Objectives((Objective("x"),), (Limit("size < 1"),))
    leader, found = Leader(objectives, 9.0), results(drawn)
    for r in found:
        before = leader.numbers
        assert leader.add(r) == (r.trial.number in leader.numbers) and (
            leader.numbers == before or r.trial.number in leader.numbers
        )
    assert leader.numbers == brute(found, objectives) and len(leader.numbers) <= 1


@given(rows)
def test_two_objectives(drawn):
    objectives = Objectives((Objective("x"), Objective("y", maximize=True)))
    leader, found = Leader(objectives, 9.0), results(drawn)
    for r in found:
        leader.add(r)
    assert leader.numbers == brute(found, objectives)


@given(rows)
def test_a_tally_counts_and_answers_duplicates_with_the_first_ok_result(drawn):
    tally, found = Tally(Leader(Objectives((Objective("x"),)), 9.0)), results(drawn)
    known = {}
    for r in found:
        answer = tally.answer(r.trial)
        assert (answer.trial.number if answer else None) == known.get((r.trial.point.key, at(r)))
        tally.add_all([r.trial, r])
        if r.status == "ok" and r.trial.origin == "search":
            known.setdefault((r.trial.point.key, at(r)), r.trial.number)
    own = [r for r in found if r.trial.origin == "search"]
    assert tally.finished == tally.proposed == len(own)
    assert tally.failed == sum(r.status == "failed" for r in own)
    assert tally.cost_s == pytest.approx(sum(r.cost_s for r in own))


def test_the_seed_of_a_chain_is_that_of_its_first_trial_while_candidates_are_equal():
    tally = Tally(Leader(Objectives((Objective("x"),)), 9.0), track=True)
    chain = [(0, 0, None), (1, 0, 0), (2, 0, 1), (3, 1, 2), (4, 1, 3), (5, 0, 99)]
    for number, point, before in chain:
        tally.add(Trial(number, POINTS[point], continue_from=before))
    assert {n: root for n, (root, _) in tally.roots.items()} == {0: 0, 1: 0, 2: 0, 3: 3, 4: 3, 5: 5}
