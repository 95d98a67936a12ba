"""Every candidate one step away from a candidate."""

from __future__ import annotations

import numpy as np

from symbolic.errors import SpaceError
from symbolic.points import Point, Population
from symbolic.table.bounds import code_bounds
from symbolic.table.close import Defaults, settle
from symbolic.table.constrain import satisfies
from symbolic.table.formulas import Evaluation, Rows
from symbolic.table.plan import Step
from symbolic.table.set_moves import set_neighbours
from symbolic.table.table import I32, Table

MOST = 50_000_000
"""How many codes all neighbours together may have."""


def neighbours(table: Table, point: Point) -> Population:
    """Return all valid candidates that differ in one discrete decision by one mutation step, in column order.

    Decisions that become active take their defaults, floats stay. Raises E405 when there are too many to list.
    """
    blocks = [point.index[None][:0]]
    codes = 0
    for step in sorted(table.plan.steps, key=lambda s: s.columns[0]):
        if point.index[step.columns[0]] < 0 or step.real >= 0:
            continue
        codes += max(int(table.card[step.columns[0]]) - 1, 1) * len(table)
        if codes > MOST:
            path = step.members.path if step.members else table.path[step.columns[0]]
            raise SpaceError("E405", f"a candidate here has too many neighbours to list ({path!r} has many values)")
        blocks.append(_moved(table, step, point))
    index = np.concatenate(blocks)
    reals = np.repeat(point.real[None], len(index), 0)
    found = settle(table, Population(index, reals), Defaults(table), table.plan.conditional)
    unlike = (found.index != point.index).any(1)
    return found.take(satisfies(table, found) & unlike)


def _moved(table: Table, step: Step, point: Point) -> I32:
    """Return the point's codes `[row, column]` with one decision moved, the rest as it was."""
    columns, first = list(step.columns), step.columns[0]
    if step.members is not None:
        others = np.array(set_neighbours(step, point.index[columns].tolist()), np.int32).reshape(-1, len(columns))
    else:
        codes = np.arange(int(table.card[first]), dtype=np.int32)
        if step.dependent:
            low, high = code_bounds(Evaluation(table, Rows(table, Population.of([point]))), first)
            codes = codes[int(low[0]) : int(high[0]) + 1]
        others = codes[codes != point.index[first]][:, None]
    block = np.repeat(point.index[None], len(others), 0)
    block[:, columns] = others
    return block
