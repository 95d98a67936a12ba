"""Decisions a relaxed search cannot touch: fixed at their defaults, each named with its value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolic.candidate import Candidate
from symbolic.search.problem import Facts
from symbolic.space import Space
from symbolic.table import default_point
from symbolic.table.grid import value_at
from symbolic.table.table import FLOAT, INT, ONE, Table


def fixed(space: Space, facts: Facts) -> tuple[Space, tuple[str, ...]]:
    """Return the space without the decisions of `facts.unrelaxable`, and a line for each that says where it stays and why.

    What is active in the default candidate takes its value there, the others the default of their own. Fixing one may make
    others disappear, so it goes in rounds.
    """
    lines: list[str] = []
    before = 0
    while True:
        table = space.lower()
        left = {p: why for p, why in facts.unrelaxable.items() if p in table.where}
        if not left or len(table) == before:
            return space, tuple(lines)
        before = len(table)
        values = _values(space, table, set(left))
        space = space.freeze(values)
        lines += [_line(path, value, left[path]) for path, value in values.items()]


def _values(space: Space, table: Table, paths: set[str]) -> Mapping[str, Any]:
    """The values of this round: those of the default candidate, or, once it reads none of the paths, their own defaults."""
    active = Candidate(space, default_point(table)).to_dict()
    known = {p: v for p, v in active.items() if p in paths}
    return known or {p: _default(table, table.where[p]) for p in sorted(paths, key=lambda p: table.where[p])}


def _default(table: Table, column: int) -> Any:
    """The default of a decision that the default candidate does not read."""
    kind, default = int(table.kind[column]), table.default[column]
    if kind == FLOAT:
        return float(default)
    if kind == ONE:
        return (table.values[column] or ())[int(default)]
    if kind == INT:
        value = value_at(float(table.low[column]), float(table.step[column]), int(default))
        return int(value) if table.integer[column] else value
    members = next(s for s in table.sets if column in s.columns)
    labels, codes = table.labels[column] or (), [int(table.default[c]) for c in members.columns]
    return (
        [labels[c - 1] for c in codes if c > 0]
        if members.ordered
        else [labels[k] for k, c in enumerate(codes) for _ in range(c)]
    )


def _line(path: str, value: Any, why: str) -> str:
    """Say where a decision stays and why; backends may name the value themselves."""
    return f"{path} {why}" if why.startswith("stays at ") else f"{path} stays at {_shown(value)}: {why}"


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
