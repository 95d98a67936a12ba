"""Drawing candidates: from the priors, or each equally likely; always on condition that they are valid."""

from __future__ import annotations

from typing import Literal

import numpy as np

from symbolic.errors import SpaceError, SymspaceError, nearest
from symbolic.points import Population
from symbolic.table.close import Draws, settle
from symbolic.table.close_one import draw_one
from symbolic.table.constrain import constrained, satisfies
from symbolic.table.diagram.diagram import Diagram
from symbolic.table.diagram.draw import draw_codes
from symbolic.table.rows import stack
from symbolic.table.size import empty, none_satisfies
from symbolic.table.table import Table
from symbolic.table.walk import starts, walk

How = Literal["prior", "uniform"]
_SINGLE_TRIES = 8
"""How often one candidate is drawn in plain Python, which is quicker, before arrays are used: the law is the same."""


_RARE = 20_000
"""Draws without one that is valid after which a valid candidate is looked for at the ends of the ranges."""


def sample(table: Table, n: int, rng: np.random.Generator, how: str = "prior") -> Population:
    """Draw `n` candidates: `how="prior"` from the product of the priors, `"uniform"` each equally likely; given validity.

    Floats come from their priors in both. Where the decision diagram is exact nothing is rejected but for constraints that
    read a float; where there is none and valid candidates are rare, a walk finds them (`walk`). Raises E501 when there is no
    candidate or none was found in 200 n + 100,000 tries, E405 for `"uniform"` where the diagram is too large or a condition
    reads a float.
    """
    if how not in ("prior", "uniform"):
        hint = nearest(how, ("prior", "uniform")) or "use 'prior' or 'uniform'"
        raise SymspaceError(f"candidates cannot be drawn {how!r}: {hint}")
    if how == "prior" and n == 1:
        for _ in range(_SINGLE_TRIES):
            one = draw_one(table, rng)
            if one is not None:
                return one
    if how == "prior" and not constrained(table):
        return draw(table, n, rng)
    diagram = _complete_diagram(table, how)
    if diagram is None:
        return _reject(table, n, rng, None, "prior")
    if diagram.size == 0:
        raise empty(table, diagram)
    floats = bool(diagram.relaxed) or any(table.float_column[c] >= 0 for c in table.plan.dependent)
    chosen: How = "uniform" if how == "uniform" else "prior"
    return _reject(table, n, rng, diagram, chosen) if floats else draw_paths(diagram, n, rng, chosen)


def draw(table: Table, n: int, rng: np.random.Generator) -> Population:
    """Draw `n` closed rows from the priors, decision by decision; constraints are not looked at."""
    nothing = Population(np.full((n, len(table)), -1, np.int32), np.zeros((n, table.n_floats)))
    return settle(table, nothing, Draws(rng), table.plan.steps)


def draw_paths(diagram: Diagram, n: int, rng: np.random.Generator, how: How) -> Population:
    """Draw `n` paths of a diagram that has some, and floats from their priors."""
    table = diagram.table
    index = draw_codes(diagram, diagram.prior if how == "prior" else diagram.uniform, n, rng)
    floats = [s for s in table.plan.steps if s.real >= 0]
    index[:, [s.columns[0] for s in floats]] = -1
    return settle(table, Population(index, np.zeros((n, table.n_floats))), Draws(rng), floats)


def _complete_diagram(table: Table, how: str) -> Diagram | None:
    try:
        diagram = table.diagram
    except SpaceError:
        if how == "uniform":
            raise
        return None
    if diagram.complete:
        return diagram
    if how == "uniform":
        missing = " and every ".join(sorted(diagram.relaxed))
        raise SpaceError(
            "E405", f"no uniform draws here: the decision diagram leaves out every {missing}", hint="use the prior"
        )
    return None


def _reject(table: Table, n: int, rng: np.random.Generator, diagram: Diagram | None, how: How) -> Population:
    found, need, tries, batch = list[Population](), n, 0, n
    while need > 0:
        rows = draw(table, batch, rng) if diagram is None else draw_paths(diagram, batch, rng, how)
        valid = np.flatnonzero(satisfies(table, rows))[:need]
        found.append(rows.take(valid))
        need -= len(valid)
        tries += batch
        if how == "prior" and need == n > 0 and tries > _RARE:
            near = starts(table)
            if len(near):
                return walk(table, n, rng, near)
        if need > 0 and tries > 200 * n + 100_000:
            raise none_satisfies(table.rules, tries)
        batch = min(max(2 * batch, 2 * need, 64), 1 << 16)
    return stack(found) if found else draw(table, 0, rng)
