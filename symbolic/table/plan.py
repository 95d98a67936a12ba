"""What every operation derives from a table, worked out once: decisions in evaluation order and who depends on whom."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np

from symbolic.table.priors import Discrete, Reals, discrete_prior, real_prior
from symbolic.table.reads import column_reads
from symbolic.table.table import FLOAT, I32, Bools, SetOf, Table


@attrs.frozen(eq=False)
class Step:
    """One decision: a column, or all columns of a set (`members`).

    `real` is the position of a float in `real`, else -1; `dependent`: its bounds are expressions; `prior`: of anything but
    a set, whose members are picked among `size` options, each allowed set equally likely.
    """

    columns: tuple[int, ...]
    guard: int
    prior: Discrete | Reals | None = None
    members: SetOf | None = None
    size: int = 0
    real: int = -1
    dependent: bool = False


@attrs.frozen(eq=False)
class Plan:
    """The decisions of a table in evaluation order, as `Step`s.

    `step_of` `[C]`: the step of a column. `movable` `[C]`: first columns of decisions with more than one value. `plain`
    `[C + 1]`: columns that take any of their codes in any row, no set, float or range with own bounds; the last is no column.
    `users` `[step]`: the steps whose guard or bounds read the step. `conditional`: the steps with a guard or own bounds,
    in evaluation order. `dependent`: columns with own bounds.
    """

    steps: tuple[Step, ...]
    step_of: I32
    movable: Bools
    plain: Bools
    users: tuple[tuple[int, ...], ...]
    conditional: tuple[Step, ...]
    dependent: tuple[int, ...]
    _affected: dict[int, tuple[int, ...]] = attrs.field(factory=dict, repr=False)

    def step(self, column: int) -> Step:
        """Return the step that a column belongs to."""
        return self.steps[int(self.step_of[column])]

    def affected(self, step: int) -> tuple[int, ...]:
        """Return the steps whose activity or bounds may change with a step, in evaluation order."""
        known = self._affected.get(step)
        if known is None:
            seen: set[int] = set()
            todo = list(self.users[step])
            while todo:
                s = todo.pop()
                if s not in seen:
                    seen.add(s)
                    todo.extend(self.users[s])
            known = self._affected[step] = tuple(sorted(seen))
        return known


def make_plan(table: Table) -> Plan:
    """Derive the plan of a table."""
    set_of = {c: s for s in table.sets for c in s.columns}
    steps: list[Step] = []
    step_of = np.full(len(table), -1, np.int32)
    for c in table.order.tolist():
        if step_of[c] < 0:
            step = _make_step(table, c, set_of)
            step_of[list(step.columns)] = len(steps)
            steps.append(step)
    users: list[set[int]] = [set() for _ in steps]
    for at, step in enumerate(steps):
        for c in column_reads(table, step.columns[0]):
            users[step_of[c]].add(at)
    movable, plain = np.zeros(len(table), np.bool_), np.zeros(len(table) + 1, np.bool_)
    for step in steps:
        movable[step.columns[0]] = _has_alternatives(table, step)
        plain[step.columns[0]] = step.members is None and step.real < 0 and not step.dependent
    return Plan(
        steps=tuple(steps),
        step_of=step_of,
        movable=movable,
        plain=plain,
        users=tuple(tuple(sorted(u)) for u in users),
        conditional=tuple(s for s in steps if s.guard != -1 or s.dependent),
        dependent=tuple(s.columns[0] for s in steps if s.dependent),
    )


def _make_step(table: Table, column: int, set_of: Mapping[int, SetOf]) -> Step:
    guard, members = int(table.guard[column]), set_of.get(column)
    if members is not None:
        size = int(table.card[column]) - 1 if members.ordered else len(members.columns)
        return Step(members.columns, guard, members=members, size=size)
    dependent = table.low_x[column] is not None or table.high_x[column] is not None
    if table.kind[column] == FLOAT:
        return Step((column,), guard, real_prior(table, column), real=int(table.float_column[column]), dependent=dependent)
    return Step((column,), guard, discrete_prior(table, column), dependent=dependent)


def _has_alternatives(table: Table, step: Step) -> bool:
    first, members = step.columns[0], step.members
    if members is not None:
        size = step.size
        if members.most > 1:
            return members.low < members.high or size > 1
        single = members.high == 0 or (size == 1 if members.ordered else members.high == size)
        return not (members.low == members.high and single)
    if table.kind[first] == FLOAT:
        return bool(table.low[first] < table.high[first])
    return bool(table.card[first] > 1)
