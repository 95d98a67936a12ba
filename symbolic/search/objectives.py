"""Objectives: what a study minimises or maximises, and the measured limits that results must keep."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import NDArray

from symbolic.measured import is_measured, with_decided
from symbolic.nodes import Constraint, Expr, Goal, Node
from symbolic.search.events import Result
from symbolic.search.expressions import check_supported, metrics_of, parse_expression, references_of, value, violation
from symbolic.search.fronts import crowding, ranks

if TYPE_CHECKING:
    from symbolic.space import Space


def _node_field(source: str) -> Node:
    """A node that is parsed from the text unless given."""
    default = attrs.Factory(lambda self: parse_expression(getattr(self, source)), takes_self=True)
    return attrs.field(default=default, eq=False, repr=False)


@attrs.frozen
class Objective:
    """An expression over metrics as canonical text (the usual case: one metric's name), and its direction."""

    expression: str
    maximize: bool = False
    node: Node = _node_field("expression")

    def value(self, metrics: Mapping[str, float]) -> float:
        """Return the value for a result's metrics; NaN where one is missing."""
        known = metrics.get(self.expression)
        return value(self.node, metrics) if known is None else float(known)

    def __str__(self) -> str:
        return f"{'maximize' if self.maximize else 'minimize'} {self.expression}"


@attrs.frozen
class Limit:
    """A condition over metrics as canonical text that must be true (`params(model) <= 200000`)."""

    condition: str
    node: Node = _node_field("condition")


@attrs.frozen
class Objectives:
    """Goals and limits of a study. Algorithms see `losses`, `violation` and `order` only."""

    goals: tuple[Objective, ...]
    limits: tuple[Limit, ...] = ()

    def losses(self, result: Result) -> NDArray[np.float64]:
        """Return `[objective]`, all minimised; `+inf` where failed, infeasible, missing or not finite."""
        if result.status in ("failed", "infeasible"):
            return np.full(len(self.goals), np.inf)
        losses = [-g.value(result.metrics) if g.maximize else g.value(result.metrics) for g in self.goals]
        return np.array([x if math.isfinite(x) else math.inf for x in losses])

    def violation(self, result: Result) -> float:
        """Return how far the limits are violated, >= 0; 0 is feasible, inf a failed result.

        An infeasible result counts the metrics it reports only, and is at least 1e-9.
        """
        match result.status:
            case "failed":
                return math.inf
            case "infeasible":
                return max(self.known_violation(result.metrics), 1e-9)
        return sum(violation(limit.node, result.metrics, math.inf) for limit in self.limits)

    def known_violation(self, metrics: Mapping[str, float]) -> float:
        """Return the violation of the limits as far as these metrics tell; 0 where none is known to be broken."""
        return sum(violation(limit.node, metrics, 0.0) for limit in self.limits)

    def order(self, results: Sequence[Result]) -> list[int]:
        """Return positions best first: feasible, violation, non-domination rank, crowding distance, trial number."""
        if not results:
            return []
        losses = np.array([self.losses(r) for r in results])
        violations = np.array([self.violation(r) for r in results])
        rank, crowd = np.zeros(len(results), np.int64), np.zeros(len(results))
        for group in np.unique(violations):
            rows = np.flatnonzero(violations == group)
            rank[rows] = ranks(losses[rows])
            crowd[rows] = crowding(losses[rows], rank[rows])
        numbers = np.array([r.trial.number for r in results])
        return [int(i) for i in np.lexsort((numbers, -crowd, rank, violations))]

    def values(self, metrics: Mapping[str, float]) -> tuple[float, ...]:
        """Return `(objective, ...)` as the user states them, neither negated nor cut; NaN where missing."""
        return tuple(g.value(metrics) for g in self.goals)

    @cached_property
    def metrics(self) -> tuple[tuple[str, ...], ...]:
        """The metrics that goals and limits read: for each what it may be called in a result, the preferred name first."""
        nodes = [g.node for g in self.goals] + [limit.node for limit in self.limits]
        return tuple(dict.fromkeys(names for node in nodes for names in metrics_of(node)))

    @cached_property
    def references(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The metrics of the reference candidate that goals and limits read: their name in results, and those of the metric."""
        nodes = [g.node for g in self.goals] + [limit.node for limit in self.limits]
        return tuple(dict.fromkeys(found for node in nodes for found in references_of(node)))


def objectives_of(space: Space, default: Objective) -> Objectives:
    """Return the objectives of a space: its goals (`default` where it states none) and its measured constraints as limits.

    Parts over decisions stand as their text; `symbolic.search.derived` computes them. Raises E305 where one cannot be computed.
    """
    goals = tuple(_objective(goal) for goal in space.objectives) or (default,)
    return Objectives(goals, tuple(_limit(c) for c in space.constraints if is_measured(c)))


def _objective(goal: Goal) -> Objective:
    from symbolic.language.printer import print_node

    node = with_decided(goal.expression)
    check_supported(node)
    return Objective(print_node(goal.expression), goal.maximize, node)


def _limit(constraint: Constraint) -> Limit:
    from symbolic.language.printer import print_node

    forbidden = constraint.kind == "forbid"
    condition = Expr("not", (constraint.condition,), span=constraint.span) if forbidden else constraint.condition
    node = with_decided(condition)
    check_supported(node)
    return Limit(print_node(condition), node)
