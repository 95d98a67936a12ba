"""Which rows are candidates: constraints over decisions, and bounds that are expressions."""

from __future__ import annotations

import numpy as np

from symbolic.points import Population
from symbolic.table.bounds import within_bounds
from symbolic.table.formulas import Evaluation, Rows
from symbolic.table.table import Bools, Rule, Table


def satisfies(table: Table, population: Population) -> Bools:
    """Return bool `[row]`: where closed rows keep every constraint over decisions and lie inside their bounds.

    What is unknown, because it reads an inactive decision, satisfies. Constraints on metrics are not the table's.
    """
    allowed = np.ones(len(population), np.bool_)
    evaluation = Evaluation(table, Rows(table, population))
    for rule in table.rules:
        allowed &= ~violated(evaluation, rule)
    for column in table.plan.dependent:
        allowed &= within_bounds(evaluation, column)
    return allowed


def violated(evaluation: Evaluation, rule: Rule) -> Bools:
    """Return bool `[row]`: where a `forbid` is known true or a `require` known false."""
    values, known = evaluation.value(rule.condition)
    return np.asarray(known & ((values != 0) == (rule.kind == "forbid")), np.bool_)


def constrained(table: Table) -> bool:
    """Return whether a closed row may be no candidate."""
    return bool(table.rules) or bool(table.plan.dependent)
