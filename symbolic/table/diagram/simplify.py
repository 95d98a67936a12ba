"""Conditionals that need less memory: whether `a if c else b` took `a` shows in whether `a` is active.

A choice behind a condition on a choice behind a condition ... would have a diagram remember the whole chain. Where the
condition is surely known, the activity of the last one tells as much.
"""

from __future__ import annotations

from typing import assert_never

import attrs
import numpy as np

from symbolic.table.diagram.sums import Codes
from symbolic.table.formulas import Evaluation, reads
from symbolic.table.instances import (
    Conditional,
    Constant,
    Decided,
    Formula,
    Gathered,
    Instance,
    Repeated,
    Scoped,
    Varying,
)
from symbolic.table.scalars import COMPARISONS
from symbolic.table.table import AnyOf, Guard, Member, Table, Test, When

_TOTAL = frozenset(
    (*COMPARISONS, "+", "-", "*", "neg", "abs", "min", "max", "and", "or", "not", "is", "is not", "in", "not in")
)
"""Operations that are known wherever their arguments are."""


def simplify(table: Table) -> Table:
    """Return an equal table whose guards, bounds and constraints read fewer columns."""
    simple = _Simple(table)
    return attrs.evolve(
        table,
        guards=tuple(map(simple.guard, table.guards)),
        rules=tuple(attrs.evolve(r, condition=simple.instance(r.condition)) for r in table.rules),
        low_x=tuple(x and simple.instance(x) for x in table.low_x),
        high_x=tuple(x and simple.instance(x) for x in table.high_x),
    )


@attrs.frozen(eq=False)
class _Simple:
    table: Table
    _done: dict[int, tuple[Instance, Instance]] = attrs.field(factory=dict)

    def guard(self, guard: Guard) -> Guard:
        return attrs.evolve(guard, condition=self.instance(guard.condition)) if isinstance(guard, When) else guard

    def instance(self, x: Instance) -> Instance:
        """Return an equal instance; one that is met again is simplified once."""
        done = self._done.get(id(x))
        if done is None:
            done = self._done[id(x)] = (x, self._simpler(x))
        return done[1]

    def _simpler(self, x: Instance) -> Instance:
        match x:
            case Conditional():
                return self._conditional(x)
            case Formula(args=args):
                return attrs.evolve(x, args=tuple(map(self.instance, args)))
            case Gathered(items=items):
                return Gathered(tuple(map(self.instance, items)))
            case Scoped(body=inner) | Repeated(count=inner):
                return self.instance(inner)
            case _:
                return x

    def _conditional(self, x: Conditional) -> Instance:
        then, other = self.instance(x.then), None if x.other is None else self.instance(x.other)
        if not (isinstance(then, Decided) and self._shows(then, x) and self._known(x.condition, x.guard)):
            return attrs.evolve(x, condition=self.instance(x.condition), then=then, other=other)
        if other is None:
            return then
        chosen = Formula("if", (Formula("active", (then,)), then, other))
        return Formula("guarded", (chosen, Constant(x.guard))) if x.guard != -1 else chosen

    def _shows(self, then: Decided, x: Conditional) -> bool:
        """Return whether a decision is active exactly where a conditional stands and its condition is true."""
        guard = int(self.table.guard[self.table.where[then.path]])
        match self.table.guards[guard] if guard != -1 else None:
            case When(parent=parent, condition=condition, polarity=True):
                return parent == x.guard and condition is x.condition
            case Test(parent=parent, column=column, codes=codes):
                return (
                    parent == x.guard
                    and reads(self.table, x.condition) == {column}
                    and codes == self._true(x.condition, column)
                )
            case _:
                return False

    def _true(self, condition: Instance, column: int) -> frozenset[int]:
        """Return the codes of the one column that a condition reads for which it is true."""
        codes = np.arange(int(self.table.card[column]))
        values, known = Evaluation(self.table, Codes({column: codes}, len(codes))).value(condition)
        return frozenset(codes[known & (values != 0)].tolist())

    def _known(self, x: Instance, guard: int) -> bool:
        """Return whether an expression is surely known wherever a guard holds."""
        match x:
            case Constant() | Varying():
                return True
            case Decided(path=path):
                return self._implies(guard, int(self.table.guard[self.table.where[path]]))
            case Scoped(body=inner) | Repeated(count=inner):
                return self._known(inner, guard)
            case Formula(op="active"):
                return True
            case Formula(op="guarded", args=(inner, Constant(value=int(other)))):
                return self._implies(guard, other) and self._known(inner, guard)
            case Formula(op=op, args=args) if op in _TOTAL:
                return not any(isinstance(a, Gathered) for a in args) and all(self._known(a, guard) for a in args)
            case Conditional(other=Constant(), then=Decided() as then):
                return self._implies(guard, x.guard) and self._known(x.condition, guard) and self._shows(then, x)
            case _:
                return False

    def _implies(self, guard: int, other: int) -> bool:
        """Return whether `other` surely holds wherever `guard` does."""
        if other in (-1, guard):
            return True
        if guard == -1:
            return False
        here, there = self.table.guards[guard], self.table.guards[other]
        match here:
            case AnyOf(guards=guards):
                return all(self._implies(g, other) for g in guards)
            case Test(parent=parent, column=column, codes=codes) if isinstance(there, Test) and there.column == column:
                return (codes <= there.codes and self._implies(parent, there.parent)) or self._implies(parent, other)
            case Test(parent=parent) | Member(parent=parent) | When(parent=parent):
                return self._implies(parent, other)
            case _:
                assert_never(here)
