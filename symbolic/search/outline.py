"""What a search would do, as `symspace plan` prints it: settings, parts, budget, cost. One trial is timed if asked."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import attrs

from symbolic.search import calls
from symbolic.search.complete import scaled
from symbolic.search.events import Result, Trial
from symbolic.search.plan import Plan
from symbolic.search.problem import Facts
from symbolic.search.protocols import Session, Verdict
from symbolic.search.randomness import rng
from symbolic.search.stages import Stage, seconds, stages
from symbolic.search.wishes import PlanError
from symbolic.table import sample

TIMED_S = 3600.0
"""A trial that is timed is given up after so long."""


@attrs.frozen(eq=False)
class Outline:
    """`algorithm`: its call, scaled to the budget; `trial_s`: seconds of one trial that was timed; `estimate_s` of the search.

    `notes`: what the user should know before, such as decisions that stay at their defaults.
    """

    plan: Plan
    algorithm: str
    parts: tuple[Stage, ...]
    trial_s: float | None = None
    estimate_s: float | None = None
    notes: tuple[str, ...] = ()


def outline(plan: Plan, *, timed: bool = False, workers: int = 0) -> Outline:
    """Return what a search would do. With `timed` the backend is opened and one trial is run and thrown away.

    Raises `PlanError` where the trial that is timed fails.
    """
    trial_s, facts = _timed(plan) if timed else (None, plan.problem.facts)
    problem = attrs.evolve(plan.problem, facts=facts)
    algorithm = scaled(plan.algorithm, problem)
    parts = stages(algorithm, problem)
    high = None if problem.fidelity is None else problem.fidelity.high
    estimate = seconds(parts, trial_s, high, workers)
    if estimate is None and problem.budget.seconds is not None:
        estimate = problem.budget.seconds
    notes = plan.notes
    if not timed and problem.budget.seconds is not None and any(not part.evaluation for part in parts):
        notes += ("how many steps fit into the time is measured when the search begins; timing a trial measures it now",)
    return Outline(plan, calls.to_text("algorithms", algorithm), parts, trial_s, estimate, notes)


def _timed(plan: Plan) -> tuple[float, Facts]:
    """Run the default candidate (or a drawn one) once; return its seconds and what the opened session says."""
    point = plan.baseline if plan.baseline is not None else sample(plan.problem.table, 1, rng(plan.identity.seed, 0))[0]
    with tempfile.TemporaryDirectory(prefix="symspace-") as folder:
        session = plan.executor.open(plan.backend, plan.space, plan.task, plan.identity.seed, Path(folder))
        try:
            began = time.perf_counter()
            session.submit([Trial(0, point, origin="baseline")])
            result = _ended(session)
            spent = time.perf_counter() - began
        finally:
            session.close()
    if result.failure is not None:
        raise PlanError(f"the trial that was timed failed: {result.failure.message}\n{result.failure.trace}".rstrip())
    if result.status == "infeasible":
        raise PlanError(
            "the trial that was timed breaks a limit, so it was not trained: mark other defaults, or do not time it"
        )
    return spent, session.facts


def _ended(session: Session) -> Result:
    """Wait for the result of the one trial. Raises `PlanError` where it takes too long."""
    deadline = time.monotonic() + TIMED_S
    while time.monotonic() < deadline:
        for result in session.collect(_go, 0.5):
            return result
    raise PlanError(f"the trial that is timed takes longer than {TIMED_S:g} seconds; plan without timing")


def _go(report: Result) -> Verdict:
    return "go"
