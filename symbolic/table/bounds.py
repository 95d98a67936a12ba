"""Ranges whose ends are expressions: which codes and values each row allows, inside the hull that the table holds."""

from __future__ import annotations

import numpy as np

from symbolic.table.formulas import Evaluation
from symbolic.table.table import F64, FLOAT, I64, Bools

SLACK = 1e-9
"""Share of a step by which a bound may miss the grid and still allow its value."""


def code_bounds(evaluation: Evaluation, column: int) -> tuple[I64, I64]:
    """Return the lowest and highest code `[row]` that the bounds of an integer column allow.

    Both lie in the hull's codes; the first is above the second where nothing is allowed. A bound that is unknown, because
    it reads an inactive decision, is the hull's.
    """
    table = evaluation.table
    low, high = evaluation.bounds(column)
    base, step, top = table.low[column], table.step[column], int(table.card[column])
    first = np.ceil((low - base) / step - SLACK)
    last = np.floor((high - base) / step + SLACK)
    return np.clip(first, 0, top).astype(np.int64), np.clip(last, -1, top - 1).astype(np.int64)


def value_bounds(evaluation: Evaluation, column: int) -> tuple[F64, F64]:
    """Return the lowest and highest value `[row]` that the bounds of a float column allow, within its hull."""
    low, high = evaluation.bounds(column)
    return np.maximum(low, evaluation.table.low[column]), np.minimum(high, evaluation.table.high[column])


def within_bounds(evaluation: Evaluation, column: int) -> Bools:
    """Return `[row]`, where a column is inactive or inside its bounds."""
    codes = evaluation.view.codes(column)
    if evaluation.table.kind[column] == FLOAT:
        low, high = value_bounds(evaluation, column)
        value = evaluation.view.reals(column)
        return np.asarray((codes < 0) | ((value >= low) & (value <= high)), np.bool_)
    first, last = code_bounds(evaluation, column)
    return np.asarray((codes < 0) | ((codes >= first) & (codes <= last)), np.bool_)
